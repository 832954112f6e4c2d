using System.Text.Json.Nodes;
using ChatEvents.Client;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Client;

/// <summary>Each message of a room once and in order, whatever happens to connections and frames.</summary>
public sealed class RoomTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_message_is_heard_with_all_that_the_server_says_of_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.Say("blue", "before the join");
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.LogOf("blue").Add("hi");
        var frame = chat.Live("blue", 2);
        frame["data"] = new JsonObject { ["mood"] = "good" };
        chat.Newest.Post(frame);

        var message = await heard.NextAsync(cancellation);
        Assert.Equal(
            ("blue", "epoch-1", 2L, "epoch-1.2", new ChatSender("ada", "Ada"), new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), "hi"),
            (message.Room, message.Epoch, message.Seq, message.MessageId, message.From, message.At, message.Message));
        Assert.Equal("good", message.Data!.Value.GetProperty("mood").GetString());
        Assert.Equal("Ada", $"{message.From}");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("""{"guest":"guest-3fk2a9"}""", "guest-3fk2a9")]
    [InlineData("""{"server":"billing"}""", "billing")]
    [InlineData("""{"user":"ada"}""", "ada")]
    public async Task Guests_and_servers_speak_too(string from, string shown)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.LogOf("blue").Add("hi");
        var frame = chat.Live("blue", 1);
        frame["from"] = JsonNode.Parse(from);
        chat.Newest.Post(frame);

        Assert.Equal(shown, $"{(await heard.NextAsync(cancellation)).From}");
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_said_between_two_connections_is_heard_before_what_is_said_after()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.LogOf("blue").MaxPage = 3;
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        await heard.NextAsync(cancellation);
        chat.Drop();
        for (var i = 2; i <= 11; i++) chat.Say("blue", $"{i}");

        // The live message is there before the history is asked for.
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] == "hello")
            {
                socket.Rooms.Add("blue");
                chat.Say("blue", "12");
            }

            return false;
        };
        await chat.ReconnectAsync(cancellation);

        Assert.Equal((int[])[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], await SequencesAsync(heard, 11));
        Assert.Equal(["1", "4", "7", "10"], [.. chat.Frames.All.Where(frame => (string?)frame["action"] == "history").Select(frame => $"{frame["after"]}")]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_hole_in_what_is_heard_live_is_filled_from_the_history()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        chat.Newest.IsDeaf = true;
        chat.Say("blue", "2");
        chat.Say("blue", "3");
        chat.Newest.IsDeaf = false;
        chat.Say("blue", "4");

        Assert.Equal((int[])[1, 2, 3, 4], await SequencesAsync(heard, 4));
        var asked = await chat.FrameAsync("history", cancellation);
        Assert.Equal(("blue", 1, "epoch-1"), ((string?)asked["room"], (int)asked["after"]!, (string?)asked["epoch"]));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_server_repeats_is_heard_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        chat.Say("blue", "2");
        chat.Newest.Post(chat.Live("blue", 1));
        chat.Newest.Post(chat.Live("blue", 2));
        chat.Say("blue", "3");

        Assert.Equal((int[])[1, 2, 3], await SequencesAsync(heard, 3));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_first_message_of_a_room_may_be_said_while_nobody_is_connected()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Drop();
        chat.Say("blue", "1");
        await chat.ReconnectAsync(cancellation);

        Assert.Equal((int[])[1], await SequencesAsync(heard, 1));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_application_is_told_what_the_history_no_longer_has()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var lost = new Recorded<ChatDiscontinuity>();
        chat.Client.Room("blue").Discontinuity += (_, discontinuity) => lost.Add(discontinuity);
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        await heard.NextAsync(cancellation);
        chat.Drop();
        for (var i = 2; i <= 9; i++) chat.Say("blue", $"{i}");
        chat.LogOf("blue").FirstKept = 6;
        await chat.ReconnectAsync(cancellation);

        Assert.Equal((int[])[6, 7, 8, 9], await SequencesAsync(heard, 4));
        var told = await lost.NextAsync(cancellation);
        Assert.Equal((2L, 5L, false), (told.From, told.To, told.Recovered));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_log_is_a_discontinuity(bool isHeardLive)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var lost = new Recorded<ChatDiscontinuity>();
        chat.Client.Room("blue").Discontinuity += (_, discontinuity) => lost.Add(discontinuity);
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        chat.Say("blue", "2");
        await SequencesAsync(heard, 2);
        if (!isHeardLive) chat.Drop();
        chat.LogOf("blue").Lose();
        chat.Say("blue", "anew");
        if (!isHeardLive) await chat.ReconnectAsync(cancellation);

        var message = await heard.NextAsync(cancellation);
        Assert.Equal(("epoch-2", 1L, "anew"), (message.Epoch, message.Seq, message.Message));
        Assert.Equal(new ChatDiscontinuity(null, null), await lost.NextAsync(cancellation));

        // And what is still under way from the old one is ignored.
        var old = chat.Live("blue", 1);
        (old["epoch"], old["seq"]) = ("epoch-1", 3);
        chat.Newest.Post(old);
        chat.Say("blue", "next");
        Assert.Equal("next", (await heard.NextAsync(cancellation)).Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_log_that_has_expired_whole_is_a_discontinuity()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var lost = new Recorded<ChatDiscontinuity>();
        chat.Client.Room("blue").Discontinuity += (_, discontinuity) => lost.Add(discontinuity);
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        await heard.NextAsync(cancellation);
        chat.Drop();
        chat.LogOf("blue").Lose();
        await chat.ReconnectAsync(cancellation);

        await lost.NextAsync(cancellation);
        chat.Say("blue", "anew");
        Assert.Equal("anew", (await heard.NextAsync(cancellation)).Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_history_that_never_has_what_is_missing_does_not_hold_back_the_rest_for_ever()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var lost = new Recorded<ChatDiscontinuity>();
        chat.Client.Room("blue").Discontinuity += (_, discontinuity) => lost.Add(discontinuity);
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "history") return false;
            socket.Post(new() { ["type"] = "history", ["id"] = (string?)frame["id"], ["epoch"] = "epoch-1", ["messages"] = new JsonArray(), ["complete"] = true });
            return true;
        };
        chat.Say("blue", "1");
        chat.Newest.IsDeaf = true;
        chat.Say("blue", "2");
        chat.Newest.IsDeaf = false;
        chat.Say("blue", "3");
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);

        Assert.Equal((int[])[1, 3], await SequencesAsync(heard, 2));
        Assert.Equal(new ChatDiscontinuity(2, 2), await lost.NextAsync(cancellation));
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_restart_a_room_goes_on_where_it_was()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        for (var i = 1; i <= 5; i++) chat.Say("blue", $"{i}");
        var heard = new Recorded<ChatMessage>();
        var room = chat.Client.Room("blue");
        room.OnMessage(heard.Add);
        await chat.Client.ConnectAsync(cancellation);
        await room.JoinAsync(new ChatPosition("epoch-1", 3), cancellation);

        Assert.Equal((int[])[4, 5], await SequencesAsync(heard, 2));
        await Patiently.UntilAsync("the position", () => room.Position == new ChatPosition("epoch-1", 5), cancellation);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_removed_message_leaves_no_hole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var removed = new Recorded<ChatRemoval>();
        chat.Client.Room("blue").Removed += (_, removal) => removed.Add(removal);
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Say("blue", "1");
        await heard.NextAsync(cancellation);
        chat.Newest.Post(new() { ["type"] = "removed", ["room"] = "blue", ["seq"] = 1 });
        Assert.Equal(new ChatRemoval("epoch-1", 1), await removed.NextAsync(cancellation));

        chat.Drop();
        chat.Say("blue", "2");
        chat.Say("blue", "3");
        chat.LogOf("blue").Remove(2);
        await chat.ReconnectAsync(cancellation);

        Assert.Equal((int[])[3], await SequencesAsync(heard, 1));
        var page = await chat.Client.Room("blue").HistoryAsync(cancellation: cancellation);
        Assert.Equal([(1, false), (2, true), (3, false)], page.Messages.Select(message => ((int)message.Seq, message.IsRemoved)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Rooms_that_every_connection_is_in_are_resumed_without_a_join()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.Hello["user"] = "ada";
        chat.Hello["rooms"] = new JsonArray("everyone", "@ada");
        chat.Say("@ada", "before");
        var heard = new Recorded<ChatMessage>();
        await chat.Client.ConnectAsync(cancellation);
        chat.Client.Inbox.OnMessage(heard.Add);
        await chat.Client.Inbox.JoinAsync(cancellation);
        chat.Say("@ada", "live");
        Assert.Equal("live", (await heard.NextAsync(cancellation)).Message);
        chat.Drop();
        chat.Say("@ada", "missed");
        await chat.ReconnectAsync(cancellation);

        Assert.Equal("missed", (await heard.NextAsync(cancellation)).Message);
        Assert.DoesNotContain(chat.Frames.All, frame => (string?)frame["action"] == "join");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_whose_answer_cannot_say_where_the_room_is_misses_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "join") return false;
            socket.Rooms.Add("blue");
            socket.Post(new() { ["type"] = "joined", ["id"] = (string?)frame["id"], ["room"] = "blue" });
            return true;
        };
        chat.Say("blue", "1");
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.Drop();
        chat.Say("blue", "2");
        await chat.ReconnectAsync(cancellation);
        chat.Say("blue", "3");

        Assert.Equal((int[])[2, 3], await SequencesAsync(heard, 2));
    }

    [Fact(Timeout = 30_000)]
    public async Task Rooms_are_joined_again_and_those_that_were_left_are_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        await chat.Client.Room("blue").JoinAsync(cancellation);
        await chat.Client.Room("red").JoinAsync(cancellation);
        await chat.Client.Room("red").LeaveAsync(cancellation);
        chat.Drop();
        await chat.ReconnectAsync(cancellation);

        Assert.Equal(["everyone", "blue"], chat.Newest.Rooms.OrderByDescending(room => room, StringComparer.Ordinal));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_room_that_is_refused_is_an_error_at_the_join_and_told_at_a_reconnect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);
        await chat.Client.Room("blue").JoinAsync(cancellation);
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "join") return false;
            socket.Post(new() { ["type"] = "error", ["id"] = (string?)frame["id"], ["code"] = "forbidden", ["error"] = "Not for you.", ["requestId"] = "r" });
            return true;
        };
        var refused = await Assert.ThrowsAsync<ChatException>(() => chat.Client.Room("red").JoinAsync(cancellation));
        Assert.Equal((ChatErrorCode.Forbidden, "Not for you.", "r"), (refused.Code, refused.Message, refused.RequestId));
        Assert.False(chat.Client.Room("red").IsJoined);

        chat.Drop();
        await chat.ReconnectAsync(cancellation);
        Assert.Equal(ChatErrorCode.Forbidden, (await chat.Refusals.NextAsync(cancellation)).Code);
        Assert.False(chat.Client.Room("blue").IsJoined);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_throws_stops_nothing_and_the_next_message_waits_for_the_one_before()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var begun = new Recorded<long>();
        var mayEnd = new SemaphoreSlim(0);
        chat.Client.Room("blue").OnMessage(_ => throw new InvalidOperationException("A bug."));
        chat.Client.Room("blue").OnMessage(async message =>
        {
            begun.Add(message.Seq);
            await mayEnd.WaitAsync(cancellation);
            throw new InvalidOperationException("Another.");
        });
        await chat.Client.ConnectAsync(cancellation);
        await chat.Client.Room("blue").JoinAsync(cancellation);
        chat.Say("blue", "1");
        chat.Say("blue", "2");

        Assert.Equal(1, await begun.NextAsync(cancellation));
        Assert.Equal([1], begun.All);
        mayEnd.Release(2);
        Assert.Equal(2, await begun.NextAsync(cancellation));
        Assert.Equal("A bug.", (await chat.HandlerFailures.NextAsync(cancellation)).Message);
        Assert.Equal("Another.", (await chat.HandlerFailures.NextAsync(cancellation)).Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_is_added_twice_is_called_once_and_after_its_end_not_at_all()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var (twice, last) = (new Recorded<long>(), new Recorded<long>());
        Action<ChatMessage> handler = message => twice.Add(message.Seq);
        var room = chat.Client.Room("blue");
        var listening = room.OnMessage(handler);
        room.OnMessage(handler);
        room.OnMessage(message => last.Add(message.Seq));
        await chat.Client.ConnectAsync(cancellation);
        await room.JoinAsync(cancellation);
        chat.Say("blue", "1");
        await last.NextAsync(cancellation);
        listening.Dispose();
        chat.Say("blue", "2");
        await last.NextAsync(cancellation);

        Assert.Equal([1], twice.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_loop_over_messages_that_ends_leaves_the_rest_to_the_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var room = chat.Client.Room("blue");
        await chat.Client.ConnectAsync(cancellation);
        await room.JoinAsync(cancellation);
        for (var i = 1; i <= 6; i++) chat.Say("blue", $"{i}");

        var seen = new List<string>();
        await foreach (var message in room.ReadMessagesAsync(cancellation))
        {
            seen.Add(message.Message);
            if (seen.Count == 2) break;
        }

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var message in room.ReadMessagesAsync(stop.Token))
            {
                seen.Add(message.Message);
                if (seen.Count == 6) await stop.CancelAsync();
            }
        });
        chat.Say("blue", "7");
        await foreach (var message in room.ReadMessagesAsync(cancellation))
        {
            seen.Add(message.Message);
            await chat.Client.CloseAsync(); // ends the loop
        }

        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], seen);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_slow_listener_costs_bounded_memory_and_misses_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat(new() { MaxHeld = 10 });
        await chat.Client.ConnectAsync(cancellation);
        var room = chat.Client.Room("blue");
        await room.JoinAsync(cancellation);
        for (var i = 1; i <= 500; i++) chat.Say("blue", $"{i}");
        var heard = new Recorded<ChatMessage>();
        room.OnMessage(heard.Add);

        Assert.Equal((int[])[.. Enumerable.Range(1, 500)], await SequencesAsync(heard, 500));
        Assert.Contains(chat.Frames.All, frame => (string?)frame["action"] == "history");
    }

    [Fact(Timeout = 30_000)]
    public async Task History_is_read_backwards_and_members_page_by_page()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        for (var i = 1; i <= 5; i++) chat.Say("blue", $"{i}");
        await chat.Client.ConnectAsync(cancellation);
        var room = chat.Client.Room("blue");

        var newest = await room.HistoryAsync(limit: 2, cancellation: cancellation);
        var older = await room.HistoryAsync(newest.Messages[0].Seq, limit: 3, cancellation);
        Assert.Equal([4L, 5], newest.Messages.Select(message => message.Seq));
        Assert.True(newest.HasMore);
        Assert.Equal([1L, 2, 3], older.Messages.Select(message => message.Seq));
        Assert.False(older.HasMore);

        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] != "who") return false;
            var page = JsonNode.Parse((string?)frame["next"] == "ada"
                ? """{"type":"members","room":"blue","count":2,"members":[{"guest":"guest-3fk2a9","connections":1}],"next":null}"""
                : """{"type":"members","room":"blue","count":2,"members":[{"user":"ada","name":"Ada","connections":2}],"next":"ada"}""")!.AsObject();
            page["id"] = (string?)frame["id"];
            socket.Post(page);
            return true;
        };
        var first = await room.MembersAsync(cancellation: cancellation);
        var second = await room.MembersAsync(first.Next, cancellation);
        Assert.Equal((2, new ChatMember("ada", "Ada", null, 2), "ada"), (first.Count, Assert.Single(first.Members), first.Next));
        Assert.Equal((new ChatMember(null, null, "guest-3fk2a9", 1), null), (Assert.Single(second.Members), second.Next));
    }

    /// <summary>Random drops, lost, doubled and shuffled frames: all is heard, once, in order.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_happens_to_frames_and_connections_all_is_heard_once_and_in_order(int seed)
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Messages = 400;
        var random = new Random(seed);
        await using var chat = new ScriptedChat();
        chat.LogOf("blue").MaxPage = 7;
        var heard = await chat.ListenAsync("blue", cancellation);
        for (var i = 1; i <= Messages; i++)
        {
            switch (random.Next(12))
            {
                case 0:
                    chat.Drop();
                    for (var missed = random.Next(20); missed > 0; missed--, i++) chat.Say("blue", $"{i}");
                    await chat.ReconnectAsync(cancellation);
                    break;
                case 1:
                    chat.Newest.IsDeaf = !chat.Newest.IsDeaf;
                    break;
                case 2:
                    if (chat.LogOf("blue").Last > 0) chat.Newest.Post(chat.Live("blue", 1 + random.NextInt64(chat.LogOf("blue").Last)));
                    break;
            }

            chat.Say("blue", $"{i}");
        }

        chat.Newest.IsDeaf = false;
        chat.Say("blue", "the end");
        var last = (int)chat.LogOf("blue").Last;

        Assert.Equal((int[])[.. Enumerable.Range(1, last)], await SequencesAsync(heard, last));
        Assert.Equal(last, heard.All.Count);
    }

    private static async Task<int[]> SequencesAsync(Recorded<ChatMessage> heard, int count)
    {
        var sequences = new int[count];
        for (var i = 0; i < count; i++) sequences[i] = (int)(await heard.NextAsync(Cancellation)).Seq;
        return sequences;
    }
}
