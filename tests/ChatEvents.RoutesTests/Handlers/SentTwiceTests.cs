using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>The same <c>id</c> from the same sender is one message, over all its connections.</summary>
public sealed class SentTwiceTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_user_says_it_again_over_another_connection()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        Assert.Equal(await SendAsync(function, "2", "A1=", "ada"), await SendAsync(function, "2", "A2=", "ada"));

        Assert.NotEqual(await SendAsync(function, "2", "A1=", "ada"), await SendAsync(function, "3", "A1=", "ada"));
        Assert.NotEqual(await SendAsync(function, "2", "A1=", "ada"), await SendAsync(function, "2", "B1=", "bob"));
        Assert.All(function.Sqs.Sent, sent => Assert.Equal(IdOf(sent), (string?)sent["MessageDeduplicationId"]));
    }

    [Fact(Timeout = 30_000)]
    public async Task Senders_and_ids_do_not_run_into_each_other()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        Assert.NotEqual(await SendAsync(function, "2", "A1=", "a:1"), await SendAsync(function, "1:2", "A1=", "a"));
        Assert.NotEqual(await SendAsync(function, "2", "A1=", "guest-3fk2a9"), await SendAsync(function, "2", "A1=", "guest-3fk2a9", isGuest: true));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_that_names_itself_is_the_same_over_all_its_connections_and_another_one_is_not()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        var named = GuestId.OfClient("0123456789abcdef", GuestId.DefaultKey);

        Assert.Equal(await SendAsync(function, "2", "A1=", named, isGuest: true), await SendAsync(function, "2", "A2=", named, isGuest: true));
        Assert.NotEqual(
            await SendAsync(function, "2", "A1=", GuestId.OfConnection("A1=", GuestId.DefaultKey), isGuest: true),
            await SendAsync(function, "2", "A2=", GuestId.OfConnection("A2=", GuestId.DefaultKey), isGuest: true));
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_an_authorizer_the_name_of_the_handshake_is_in_the_row()
    {
        await using var connect = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        await connect.InvokeAsync(Events.Connect().WithParameter("protocol", "chatevents.v1").WithParameter("client", "0123456789abcdef"));
        var guest = connect.SentEvent<ConnectionOpened>().Guest;
        Assert.Equal(GuestId.OfClient("0123456789abcdef", GuestId.DefaultKey), guest);

        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        foreach (var connectionId in (string[])["A1=", "A2="])
        {
            function.Registry.SetJsonRow(connectionId, guest);
            var frame = Events.Message("onMessage", """{"action":"onMessage","id":"2","message":"hi"}""");
            frame["requestContext"]!["connectionId"] = connectionId;
            await function.InvokeAsync(frame);
        }

        var sent = function.Sqs.Sent.Select(PostedIn).ToList();
        Assert.Equal([guest, guest], sent.Select(posted => posted.Guest));
        Assert.Single(sent.Select(posted => posted.MessageId).Distinct());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("plain", "0123456789abcdef")]
    [InlineData("chatevents.v1", "too-short")]
    [InlineData("chatevents.v1", "0123456789abcde/")]
    public async Task A_name_that_is_none_and_any_name_in_the_plain_dialect_is_ignored(string protocol, string client)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect().WithParameter("protocol", protocol).WithParameter("client", client));

        Assert.Null(function.SentEvent<ConnectionOpened>().Guest);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_direct_message_has_two_ids_that_are_the_same_when_it_is_sent_again()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        const string Frame = """{"action":"onMessage","id":"2","to":"bob","message":"hi"}""";

        for (var i = 0; i < 2; i++) await function.InvokeAsync(Events.Message("onMessage", Frame).From("ada", ("dialect", "json")));

        var ids = function.Sqs.Sent.Select(IdOf).ToList();
        Assert.Equal([$"{ids[1]}.to", ids[1], $"{ids[1]}.to", ids[1]], ids);
    }

    [Fact(Timeout = 30_000)]
    public async Task Data_is_passed_on_as_it_was_written()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        const string Data = """{"b": 1.50, "a":["\u00fc", null]}""";

        await function.InvokeAsync(
            Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi","data":{{Data}}}""").From("ada", ("dialect", "json")));

        Assert.Equal(Data, function.SentEvent<MessagePosted>().Data);
    }

    private static async Task<string> SendAsync(RunningFunction function, string id, string connectionId, string user, bool isGuest = false)
    {
        (string, JsonNode?)[] context = isGuest ? [("dialect", "json"), ("guest", user)] : [("dialect", "json")];
        var frame = Events.Message("onMessage", $$"""{"action":"onMessage","id":"{{id}}","message":"hi"}""").From(user, context);
        frame["requestContext"]!["connectionId"] = connectionId;
        var answer = JsonNode.Parse((string)(await function.InvokeAsync(frame))["body"]!)!;
        var messageId = (string?)answer["messageId"] ?? $"error {answer["error"]}";
        Assert.Equal(id.Contains(':', StringComparison.Ordinal) ? "error" : IdOf(function.Sqs.Sent.Last()), messageId.Split(' ')[0]);
        return messageId;
    }

    private static string IdOf(JsonNode sent) => PostedIn(sent).MessageId;

    private static MessagePosted PostedIn(JsonNode sent) =>
        RouteEventJson.Read<MessagePosted>(Encoding.UTF8.GetBytes((string)sent["MessageBody"]!), FakeTime.LongAfter);
}
