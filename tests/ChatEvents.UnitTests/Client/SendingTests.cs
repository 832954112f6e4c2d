using System.Text.Json.Nodes;
using ChatEvents.Client;

namespace ChatEvents.UnitTests.Client;

/// <summary>A message is sent until it is accepted, refused, or its time is over; and what else is answered.</summary>
public sealed class SendingTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_message_is_sent_when_it_is_accepted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);

        Assert.Equal("m1", await chat.Client.Room("blue").SendAsync("Grüße", new JsonObject { ["a"] = 1 }, "my-id", cancellation));
        var frame = await chat.FrameAsync("onMessage", cancellation);
        Assert.Equal("""{"action":"onMessage","id":"my-id","room":"blue","message":"Grüße","data":{"a":1}}""", Text(frame));

        await chat.Client.SendToAsync("ada", "hi", id: "x", cancellation: cancellation);
        Assert.Equal("""{"action":"onMessage","id":"x","to":"ada","message":"hi"}""", Text(await chat.FrameAsync("onMessage", cancellation)));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_sent_offline_waits_and_goes_in_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var sends = Enumerable.Range(1, 30).Select(i => chat.Client.Room("blue").SendAsync($"{i}", cancellation: cancellation)).ToList();
        await chat.Client.ConnectAsync(cancellation);

        Assert.Equal((string[])[.. Enumerable.Range(1, 30).Select(i => $"m{i}")], await Task.WhenAll(sends));
        Assert.Equal([.. Enumerable.Range(1, 30).Select(i => $"{i}")], MessagesIn(chat));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_queue_is_bounded_and_a_full_one_is_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat(new() { MaxQueued = 3 });
        var sends = Enumerable.Range(1, 3).Select(i => chat.Client.Room("blue").SendAsync($"{i}", cancellation: cancellation)).ToList();

        Assert.Equal(ChatErrorCode.QueueFull, (await Assert.ThrowsAsync<ChatException>(() => chat.Client.Room("red").SendAsync("4", cancellation: cancellation))).Code);
        await chat.Client.ConnectAsync(cancellation);
        await Task.WhenAll(sends);
        await chat.Client.Room("red").SendAsync("4", cancellation: cancellation);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_not_answered_is_sent_again_by_the_same_id_on_the_next_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "onMessage") return false;
            chat.OnFrame = (_, _) => false;
            socket.Drop();
            return true;
        };
        var sending = chat.Client.Room("blue").SendAsync("once", cancellation: cancellation);
        await chat.ReconnectAsync(cancellation);
        await sending;

        var first = await chat.FrameAsync("onMessage", cancellation);
        var second = await chat.FrameAsync("onMessage", cancellation);
        Assert.Equal(Text(first), Text(second));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_answer_that_is_lost_on_a_living_connection_is_asked_for_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.ConnectAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            // What API Gateway says when a function has failed: no answer to any id.
            if ((string?)frame["action"] != "onMessage") return false;
            chat.OnFrame = (_, _) => false;
            socket.Post(new() { ["message"] = "Internal server error", ["connectionId"] = "a=", ["requestId"] = "r" });
            socket.Post(new() { ["type"] = "error", ["code"] = "too_large", ["error"] = "Another one.", ["messageId"] = "m0" });
            return true;
        };
        var sending = chat.Client.Room("blue").SendAsync("once", cancellation: cancellation);
        await chat.Refusals.NextAsync(cancellation); // both were heard
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), cancellation);
        await sending;

        Assert.Single(chat.Handshakes.All);
        Assert.Equal(2, MessagesIn(chat).Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_connection_that_swallows_a_message_is_given_up()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.ConnectAsync(cancellation);
        chat.Newest.IsSilent = true;
        var sending = chat.Client.Room("blue").SendAsync("hi", cancellation: cancellation);
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), cancellation);
        await chat.ReconnectAsync(cancellation);

        Assert.Equal("m1", await sending);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_whose_time_is_over_ends()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var first = chat.Client.Room("blue").SendAsync("1", cancellation: cancellation);
        var second = chat.Client.Room("blue").SendAsync("2", cancellation: cancellation);
        await chat.Time.TimersAsync(2, cancellation);
        chat.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(ChatErrorCode.Timeout, (await Assert.ThrowsAsync<ChatException>(() => first)).Code);
        Assert.Equal(ChatErrorCode.Timeout, (await Assert.ThrowsAsync<ChatException>(() => second)).Code);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_wait_can_be_cancelled_without_changing_the_order_of_the_others()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        using var stop = new CancellationTokenSource();
        var first = chat.Client.Room("blue").SendAsync("1", cancellation: cancellation);
        var second = chat.Client.Room("blue").SendAsync("2", cancellation: stop.Token);
        var third = chat.Client.Room("blue").SendAsync("3", cancellation: cancellation);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await chat.Client.ConnectAsync(cancellation);
        await Task.WhenAll(first, third);

        Assert.Equal(["1", "3"], MessagesIn(chat));
    }

    [Fact(Timeout = 30_000)]
    public async Task Closing_ends_what_waits()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat { OnFrame = (_, frame) => (string?)frame["action"] != "hello" };
        await chat.Client.ConnectAsync(cancellation);
        var sending = chat.Client.Room("blue").SendAsync("1", cancellation: cancellation);
        var joining = chat.Client.Room("blue").JoinAsync(cancellation);
        await chat.Client.CloseAsync();

        Assert.Equal(ChatErrorCode.Closed, (await Assert.ThrowsAsync<ChatException>(() => sending)).Code);
        Assert.Equal(ChatErrorCode.Closed, (await Assert.ThrowsAsync<ChatException>(() => joining)).Code);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_server_cannot_take_now_is_sent_again_when_it_says()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "onMessage") return false;
            chat.OnFrame = (_, _) => false;
            socket.Post(new() { ["type"] = "error", ["id"] = (string?)frame["id"], ["code"] = "rate_limited", ["error"] = "Wait.", ["retryAfter"] = 3 });
            return true;
        };
        var sending = chat.Client.Room("blue").SendAsync("1", cancellation: cancellation);
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), cancellation);

        Assert.Equal("m1", await sending);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("bad_frame", ChatErrorCode.BadFrame)]
    [InlineData("unknown_action", ChatErrorCode.UnknownAction)]
    [InlineData("bad_room", ChatErrorCode.BadRoom)]
    [InlineData("not_in_room", ChatErrorCode.NotInRoom)]
    [InlineData("forbidden", ChatErrorCode.Forbidden)]
    [InlineData("too_many_rooms", ChatErrorCode.TooManyRooms)]
    [InlineData("too_large", ChatErrorCode.TooLarge)]
    [InlineData("not_a_member", ChatErrorCode.NotAMember)]
    [InlineData("not_found", ChatErrorCode.NotFound)]
    [InlineData("of_next_year", ChatErrorCode.Unknown)]
    public async Task A_refusal_has_its_code(string code, ChatErrorCode expected)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            socket.Post(new() { ["type"] = "error", ["id"] = (string?)frame["id"], ["code"] = code, ["error"] = "No.", ["expected"] = new JsonArray() });
            return true;
        };

        var refused = await Assert.ThrowsAsync<ChatException>(() => chat.Client.Room("blue").SendAsync("1", cancellation: cancellation));
        Assert.Equal((expected, code, "No."), (refused.Code, refused.ServerCode, refused.Message));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_is_refused_after_it_was_accepted_is_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        chat.Newest.Post(new() { ["type"] = "error", ["code"] = "too_large", ["error"] = "Too large.", ["messageId"] = "m1" });

        var refused = await chat.Refusals.NextAsync(cancellation);
        Assert.Equal((ChatErrorCode.TooLarge, "m1"), (refused.Code, refused.MessageId));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_would_end_the_connection_is_not_sent()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);

        var refused = await Assert.ThrowsAsync<ChatException>(() => chat.Client.Room("blue").SendAsync(new string('ä', 70_000), cancellation: cancellation));
        Assert.Equal(ChatErrorCode.TooLarge, refused.Code);
        Assert.Empty(MessagesIn(chat));
    }

    [Fact(Timeout = 30_000)]
    public async Task No_second_has_more_messages_than_the_server_allows()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.Hello["limits"] = new JsonObject { ["messageBytes"] = 65_536, ["messagesPerSecond"] = 10 };
        var sends = Enumerable.Range(1, 25).Select(i => chat.Client.Room($"room{i % 3}").SendAsync($"{i}", cancellation: cancellation)).ToList();
        await chat.Client.ConnectAsync(cancellation);
        Assert.Equal((65_536, 10), (chat.Client.Session!.MessageBytes, chat.Client.Session.MessagesPerSecond));

        for (var second = 1; second <= 2; second++)
        {
            for (var sent = 0; sent < 10; sent++) await chat.FrameAsync("onMessage", cancellation);
            await chat.Time.TimerAsync(TimeSpan.FromSeconds(1), cancellation);
            Assert.Equal(10 * second, MessagesIn(chat).Count);
            chat.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Task.WhenAll(sends);
        Assert.Equal(25, MessagesIn(chat).Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_is_removed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            socket.Post(new() { ["type"] = "removed", ["id"] = (string?)frame["id"], ["room"] = "blue", ["seq"] = 42 });
            return true;
        };
        await chat.Client.Room("blue").RemoveAsync(42, cancellation);

        Assert.Equal(42, (int)(await chat.FrameAsync("remove", cancellation))["seq"]!);
    }

    private static List<string?> MessagesIn(ScriptedChat chat) =>
        [.. chat.Frames.All.Where(frame => (string?)frame["action"] == "onMessage").Select(frame => (string?)frame["message"])];

    private static string Text(JsonObject frame) =>
        frame.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
