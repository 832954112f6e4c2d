using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class RemoveTests
{
    private const string Frame = """{"action":"remove","id":"7","room":"blue","seq":42,"epoch":"1795260900000-3fk2a9","user":"eve"}""";

    [Fact(Timeout = 30_000)]
    public async Task A_removal_is_on_the_queue_of_its_room_with_all_that_decides_about_it()
    {
        await using var function = await RunningFunction.StartAsync("remove", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId);

        var response = await function.InvokeAsync(Events.Message("remove", Frame).From("ada", ("dialect", "json"), ("role", "admin")));

        Assert.Null(response["body"]);
        Assert.Equal(
            new MessageRemoved
            {
                ConnectionId = Events.ConnectionId,
                CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
                Dialect = Dialect.Json,
                Room = "blue",
                Seq = 42,
                Epoch = "1795260900000-3fk2a9",
                User = "ada",
                RequestId = Events.RequestId,
                FrameId = "7",
                RemovedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242),
            },
            function.SentEvent<MessageRemoved>());
        Assert.Equal("blue", (string?)function.Sqs.Sent.Single()["MessageGroupId"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_moderator_need_not_be_in_the_room()
    {
        await using var function = await RunningFunction.StartAsync("remove", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Message("remove", Frame).From("ada", ("dialect", "json"), ("role", "moderator")));

        Assert.True(function.SentEvent<MessageRemoved>().IsModerator);
        Assert.Empty(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_is_who_it_was_when_it_spoke()
    {
        await using var function = await RunningFunction.StartAsync("remove", TestContext.Current.CancellationToken);
        function.Registry.SetJsonRow(Events.ConnectionId, guest: "guest-3fk2a9");

        await function.InvokeAsync(Events.Message("remove", """{"action":"remove","seq":1}"""));

        var removed = function.SentEvent<MessageRemoved>();
        Assert.Equal((Room.Everyone, null, "guest-3fk2a9", Dialect.Json), (removed.Room, removed.User, removed.Guest, removed.Dialect));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_user_may_remove_from_the_room_of_its_own_devices()
    {
        await using var function = await RunningFunction.StartAsync("remove", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Message("remove", """{"action":"remove","room":"@ada","seq":1}""").From("ada", ("dialect", "json")));

        Assert.Equal("@ada", function.SentEvent<MessageRemoved>().Room);
    }
}
