using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>What a token opens, and what it does not.</summary>
public sealed class RightsTests
{
    private const long Expires = 1795260924;

    [Theory(Timeout = 30_000)]
    [InlineData("""["blue"]""", "blue", 200)]
    [InlineData("""["team-*"]""", "team-a", 200)]
    [InlineData("""["team-*"]""", "team-", 200)]
    [InlineData("""["*"]""", "blue", 200)]
    [InlineData("""["blue"]""", "Blue", 403)]
    [InlineData("""["blue"]""", "blue2", 403)]
    [InlineData("""["team-*"]""", "team", 403)]
    [InlineData("""["*-a"]""", "team-a", 403)]
    [InlineData("""["@*"]""", "blue", 403)]
    [InlineData("[]", "blue", 403)]
    public async Task A_handshake_joins_rooms_that_its_token_opens(string join, string room, int status)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect(room).From("ada", ("join", join)));

        Assert.Equal(status, (int?)response["statusCode"]);
        Assert.Equal(status == 200 ? 1 : 0, function.Sqs.Sent.Count);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", "You may not join the room \"red\".")]
    [InlineData("who", "You may not see who is in the room \"red\".")]
    [InlineData("history", "You may not read the history of the room \"red\".")]
    public async Task A_room_that_the_token_does_not_open_is_closed_to_each_frame(string action, string sentence)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken);
        function.Registry.Add("red", Events.ConnectionId);

        var response = await function.InvokeAsync(
            Events.Message(action, $$"""{"action":"{{action}}","room":"red"}""").From("ada", ("join", """["blue"]""")));

        Assert.Equal(403, (int?)response["statusCode"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
        Assert.Empty(function.Registry.Queries);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("""["blue"]""", """ "room":"red" """, "You may not post to the room \"red\".")]
    [InlineData("""["blue"]""", """ "room":"everyone" """, "You may not post to the room \"everyone\".")]
    [InlineData("""["@bob"]""", """ "to":"eve" """, "You may not write to the user \"eve\".")]
    [InlineData("""["@*"]""", """ "room":"everyone" """, "You may not post to the room \"everyone\".")]
    [InlineData("""["everyone"]""", """ "to":"bob" """, "You may not write to the user \"bob\".")]
    [InlineData("[]", """ "to":"bob" """, "You may not write to the user \"bob\".")]
    public async Task A_message_goes_where_the_token_allows_it(string post, string to, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.Add("red", Events.ConnectionId);

        var response = await function.InvokeAsync(
            Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi",{{to}}}""").From("ada", ("post", post)));

        Assert.Equal(403, (int?)response["statusCode"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("@*", "bob")]
    [InlineData("*", "bob")]
    [InlineData("@bob", "bob")]
    [InlineData("@auth0|*", "auth0|17")]
    public async Task A_direct_message_goes_to_the_rooms_of_both(string post, string to)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(
            Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi","to":"{{to}}"}""").From("ada", ("post", $"""["{post}"]""")));

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        var events = function.Sqs.Sent.Select(sent => RouteEventJson.Read<MessagePosted>(System.Text.Encoding.UTF8.GetBytes((string)sent["MessageBody"]!), FakeTime.LongAfter)).ToList();
        Assert.Equal([(UserId.RoomOf(to), to, "ada"), ("@ada", to, "ada")], events.Select(posted => (posted.Room, posted.To!, posted.User!)));
        Assert.Equal([$"{Events.MessageId}.to", Events.MessageId], events.Select(posted => posted.MessageId));
        Assert.Equal([UserId.RoomOf(to), "@ada"], function.Sqs.Sent.Select(sent => (string?)sent["MessageGroupId"]));
        Assert.Empty(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_note_to_oneself_is_one_message()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","message":"hi","to":"ada"}""").From("ada"));

        Assert.Equal(("@ada", Events.MessageId), (function.SentEvent<MessagePosted>().Room, function.SentEvent<MessagePosted>().MessageId));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_copy_that_is_not_taken_is_said_and_not_to_be_sent_again()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Sqs.RefusesAfter = 1;

        var response = await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","message":"hi","to":"bob"}""").From("ada"));

        Assert.Equal(
            "The message is on its way, but your own devices may not show it; do not send it again.",
            (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Equal("@bob", function.SentEvent<MessagePosted>().Room);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(""" "to":"" """, "\"\" is not the id of a user.")]
    [InlineData(""" "to":"a\u0000" """, "\"a\\u0000\" is not the id of a user.")]
    [InlineData(""" "to":17 """, "The to must be a string, but is a number.")]
    [InlineData(""" "to":"bob","room":"blue" """, "The message is for a room or to a user, not both.")]
    public async Task A_user_is_named_by_an_id(string to, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(
            Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi",{{to}}}""").From("ada"));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_cannot_write_to_a_user_and_tells_it_to_nobody()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        var frame = Events.Message("onMessage", """{"action":"onMessage","message":"hi","to":"bob"}""");
        frame.From("guest-abc234", ("guest", "guest-abc234"));

        var response = await function.InvokeAsync(frame);

        Assert.Equal("Only a user can write to a user; connect with a token.", (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(""" "to":"bob" """, "everyone")]
    [InlineData(""" "to":17 """, "everyone")]
    [InlineData(""" "to":"","room":"blue" """, "blue")]
    public async Task Without_an_authorizer_there_are_no_users_and_a_to_is_ignored(string to, string room)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId);

        await function.InvokeAsync(Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi",{{to}}}"""));

        Assert.Equal((room, null), (function.SentEvent<MessagePosted>().Room, function.SentEvent<MessagePosted>().To));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("@bob")]
    [InlineData("@")]
    [InlineData("\uff20bob")]
    [InlineData("\ufe6bbob")]
    [InlineData("@\u200bbob")]
    [InlineData("%40bob")]
    [InlineData("evеryone")]
    [InlineData("everyone\u0000")]
    [InlineData("everyone#00")]
    public async Task Nobody_names_the_room_of_a_user_or_one_that_looks_like_it(string room)
    {
        var cancellation = TestContext.Current.CancellationToken;
        foreach (var action in (string[])["onMessage", "join", "leave", "who", "history", "remove"])
        {
            await using var function = await RunningFunction.StartAsync(action, cancellation);
            var frame = new JsonObject { ["action"] = action, ["room"] = room, ["message"] = "hi", ["seq"] = 1 };

            var response = await function.InvokeAsync(Events.Message(action, frame.ToJsonString()).From(action is "history" or "remove" ? "eve" : "bob"));

            Assert.Equal(400, (int?)response["statusCode"]);
            Assert.Empty(function.Sqs.Sent);
        }

        await using var connect = await RunningFunction.StartAsync("connect", cancellation);
        Assert.Equal(400, (int?)(await connect.InvokeAsync(Events.Connect(room).From("bob")))["statusCode"]);
        Assert.Empty(connect.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("onMessage")]
    [InlineData("join")]
    [InlineData("leave")]
    [InlineData("who")]
    [InlineData("history")]
    [InlineData("remove")]
    [InlineData("moderate")]
    [InlineData("default")]
    public async Task Over_a_connection_that_outlives_its_token_nothing_can_be_said(string action)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken);
        var frame = new JsonObject { ["action"] = action, ["room"] = "blue", ["message"] = "hi" };
        JsonObject Sent(int seconds) => Events.Message(action, frame.ToJsonString())
            .SentAfter(TimeSpan.FromSeconds(seconds)).From("ada", ("expires", $"{Expires}"));

        var response = await function.InvokeAsync(Sent(302));

        Assert.Equal(403, (int?)response["statusCode"]);
        Assert.Equal("Your token is over; connect again with a new one.", (string?)JsonNode.Parse((string)response["body"]!)!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_connection_whose_token_is_over_can_still_be_closed()
    {
        await using var function = await RunningFunction.StartAsync("disconnect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Disconnect().From("ada", ("expires", "1")));

        Assert.Equal(Events.ConnectionId, function.SentEvent<ConnectionClosed>().ConnectionId);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_shows_names_of_users_and_of_guests()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId, "ada", name: "Ada");
        function.Registry.Add("blue", "A2=", "ada", name: "Ada");
        function.Registry.Add("blue", "B1=", "bob");
        function.Registry.Add("blue", "G1=", guest: "guest-abc234");
        function.Registry.Add("blue", "G2=", guest: "guest-abc234");

        var response = await function.InvokeAsync(Events.Message("who", """{"action":"who","room":"blue"}""").From("ada"));

        Assert.Equal(
            """{"room":"blue","count":3,"members":[{"guest":"guest-abc234","connections":2},{"user":"ada","name":"Ada","connections":2},{"user":"bob","connections":1}],"requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
    }
}
