using System.Text.Json.Nodes;
using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>What moderators, and those who are none, are answered by the function itself.</summary>
public sealed class ModerateTests
{
    private static readonly DateTimeOffset SentAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242);

    [Theory(Timeout = 30_000)]
    [InlineData("disconnect", """ "user":"mallory" """, ModerationAct.Disconnect, null)]
    [InlineData("ban", """ "user":"mallory" """, ModerationAct.Ban, 60)]
    [InlineData("ban", """ "user":"mallory","guest":null,"minutes":null """, ModerationAct.Ban, 60)]
    [InlineData("ban", """ "user":"mallory","minutes":1 """, ModerationAct.Ban, 1)]
    [InlineData("ban", """ "user":"mallory","minutes":5256000 """, ModerationAct.Ban, 5256000)]
    [InlineData("unban", """ "user":"mallory" """, ModerationAct.Unban, null)]
    public async Task What_a_moderator_asks_is_put_on_the_queue_and_answered_by_the_registry(
        string action, string members, ModerationAct act, int? minutes)
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(FrameOf(action, members).From("ada", ("role", "moderator")));

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.Equal(
            new ModerationAsked
            {
                ConnectionId = Events.ConnectionId,
                User = "ada",
                Act = act,
                TargetUser = "mallory",
                AskedAt = SentAt,
                Until = minutes is { } length ? SentAt.AddMinutes(length) : null,
                RequestId = Events.RequestId,
            },
            function.SentEvent<ModerationAsked>());
        Assert.Equal([$"Information: A {action} of \"mallory\" by connection {Events.ConnectionId} of \"ada\" is on the queue."], function.Log.Lines);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("disconnect")]
    [InlineData("ban")]
    [InlineData("unban")]
    public async Task A_guest_is_named_as_others_see_it(string action)
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);

        await function.InvokeAsync(FrameOf(action, """ "guest":"guest-abc234" """).From("ada", ("role", "moderator")));

        Assert.Equal((null, "guest-abc234"), (function.SentEvent<ModerationAsked>().TargetUser, function.SentEvent<ModerationAsked>().TargetGuest));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("disconnect", null)]
    [InlineData("ban", null)]
    [InlineData("unban", null)]
    [InlineData("ban", "admin")]
    [InlineData("ban", "Moderator")]
    [InlineData("ban", "moderator,admin")]
    public async Task Who_is_no_moderator_is_told_so_whatever_the_frame_says(string action, string? role)
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);
        var frame = FrameOf(action, """ "user":"mallory","role":"moderator","chat_role":"moderator" """);

        var response = await function.InvokeAsync(role is null ? frame.From("ada") : frame.From("ada", ("role", role)));

        Assert.Equal(403, (int?)response["statusCode"]);
        Assert.Equal(
            $$"""{"error":"Only a moderator can {{action}} somebody.","requestId":"{{Events.RequestId}}"}""", (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Neither_a_guest_nor_anybody_without_an_authorizer_is_a_moderator()
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);
        const string Members = """ "user":"mallory" """;

        foreach (var frame in (JsonObject[])
        [
            FrameOf("ban", Members), FrameOf("ban", Members).From("guest-abc234", ("guest", "guest-abc234"), ("role", "moderator")),
        ])
        {
            Assert.Equal(403, (int?)(await function.InvokeAsync(frame))["statusCode"]);
        }

        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("ban", "", "The frame has no user.")]
    [InlineData("ban", """ "user":17 """, "The user must be a string, but is a number.")]
    [InlineData("ban", """ "user":"" """, "\"\" is not the id of a user.")]
    [InlineData("ban", """ "guest":"a\u0000" """, "\"a\\u0000\" is not the name of a guest.")]
    [InlineData("ban", """ "user":"mallory","guest":"guest-abc234" """, "The ban is of a user or of a guest, not both.")]
    [InlineData("ban", """ "user":"mallory","minutes":0 """, "The minutes must be a whole number from 1 to 5256000.")]
    [InlineData("ban", """ "user":"mallory","minutes":5256001 """, "The minutes must be a whole number from 1 to 5256000.")]
    [InlineData("ban", """ "user":"mallory","minutes":1.5 """, "The minutes must be a whole number from 1 to 5256000.")]
    [InlineData("ban", """ "user":"mallory","minutes":1e999 """, "The minutes must be a whole number from 1 to 5256000.")]
    [InlineData("ban", """ "user":"mallory","minutes":"60" """, "The minutes must be a whole number from 1 to 5256000.")]
    [InlineData("ban", """ "user":"ada" """, "You cannot ban yourself.")]
    [InlineData("disconnect", """ "user":"ada" """, "You cannot disconnect yourself.")]
    public async Task What_makes_no_sense_is_said_in_one_sentence(string action, string members, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(FrameOf(action, members).From("ada", ("role", "moderator")));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_frame_that_is_wrong_is_answered_with_one_that_is_right()
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(FrameOf("ban", "").From("ada", ("role", "moderator")));

        Assert.Equal(
            """{"error":"The frame has no user.","requestId":"Qv7mVHZSoAMFkJw=","expected":{"action":"ban","user":"mallory","minutes":60}}""",
            (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_queue_does_not_take_is_to_be_sent_again()
    {
        await using var function = await RunningFunction.StartAsync("moderate", TestContext.Current.CancellationToken);
        function.Sqs.RefusesAfter = 0;

        var response = await function.InvokeAsync(FrameOf("ban", """ "user":"mallory" """).From("ada", ("role", "moderator")));

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal("The ban was not accepted; send it again.", (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_role_goes_into_the_row_by_way_of_the_events_of_a_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connect = await RunningFunction.StartAsync("connect", cancellation);
        await connect.InvokeAsync(Events.Connect().From("ada", ("role", "moderator")));
        Assert.Equal(Roles.Moderator, connect.SentEvent<ConnectionOpened>().Role);

        await using var other = await RunningFunction.StartAsync("connect", cancellation);
        await other.InvokeAsync(Events.Connect().From("bob").WithParameter("role", "moderator").WithHeader("role", "moderator"));
        Assert.Null(other.SentEvent<ConnectionOpened>().Role);
    }

    private static JsonObject FrameOf(string action, string members) => Events.Message(
        action, $$"""{"action":"{{action}}"{{(members.Length == 0 ? "" : ",")}}{{members}}}""");
}
