using System.Net;
using ChatEvents.Client;
using ChatEvents.Testing;
using Microsoft.Extensions.Time.Testing;

namespace ChatEvents.UnitTests.Client;

/// <summary>Connecting, connecting again, renewing, and noticing that nobody is there.</summary>
public sealed class ConnectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task The_token_is_asked_for_before_every_connect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var asked = 0;
        await using var chat = new ScriptedChat(getToken: _ => Task.FromResult<string?>($"token {++asked}"));
        await chat.Client.ConnectAsync(cancellation);
        chat.Drop();
        await chat.ReconnectAsync(cancellation);

        Assert.Equal(["token 1", "token 2"], chat.Handshakes.All.Select(socket => socket.Token));
        Assert.All(chat.Handshakes.All, socket =>
            Assert.Equal("wss://chat.invalid/prod?room=lobby&client=0123456789abcdef", socket.Address!.AbsoluteUri));
    }

    [Fact(Timeout = 30_000)]
    public async Task States_are_told_in_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using (var chat = new ScriptedChat())
        {
            Assert.Equal(ChatState.Closed, chat.Client.State);
            await chat.Client.ConnectAsync(cancellation);
            chat.Drop();
            await chat.ReconnectAsync(cancellation);
            await chat.Client.CloseAsync();

            Assert.Equal(
                [ChatState.Connecting, ChatState.Open, ChatState.Waiting, ChatState.Connecting, ChatState.Open, ChatState.Closed],
                chat.States.All.Select(change => change.State));
            Assert.Equal(0, chat.OpenCount);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task An_error_is_told_also_if_it_names_a_room_that_the_client_does_not_know()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.Client.ConnectAsync(cancellation);

        chat.Newest.Post(new() { ["type"] = "error", ["code"] = "rate_limited", ["room"] = "green", ["error"] = "Wait a second." });

        await Patiently.UntilAsync("the error", () => chat.Refusals.All.Any(), cancellation);
        var refusal = Assert.Single(chat.Refusals.All);
        Assert.Equal((ChatErrorCode.RateLimited, "Wait a second."), (refusal.Code, refusal.Message));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0d, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)]
    [InlineData(1d, 1d, 2d, 4d, 8d, 16d, 30d, 30d)]
    public async Task Pauses_have_full_jitter_from_half_a_second_to_thirty(double random, params double[] seconds)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat { Random = random, OnHandshake = _ => throw new IOException("No network.") };
        var connecting = chat.Client.ConnectAsync(cancellation);
        foreach (var pause in seconds)
        {
            Assert.Equal(TimeSpan.FromSeconds(pause), (await chat.StateAsync(ChatState.Waiting, cancellation)).RetryIn);
            await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(pause), cancellation);
        }

        Assert.False(connecting.IsCompleted);
        chat.OnHandshake = _ => { };
        await chat.ReconnectAsync(cancellation);
        await connecting;

        // A connection that was good begins anew.
        chat.Drop();
        Assert.Equal(TimeSpan.FromSeconds(seconds[0]), (await chat.StateAsync(ChatState.Waiting, cancellation)).RetryIn);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(HttpStatusCode.Unauthorized, ChatErrorCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden, ChatErrorCode.Forbidden)]
    public async Task A_refused_client_does_not_come_again_without_a_new_token(HttpStatusCode status, ChatErrorCode code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var token = "old";
        await using var chat = new ScriptedChat(getToken: _ => Task.FromResult<string?>(token))
        {
            OnHandshake = socket =>
            {
                if (socket.Token == "old") throw ScriptedChat.Refusal(status);
            },
        };
        var connecting = chat.Client.ConnectAsync(cancellation);
        await chat.Time.AdvanceToTimerAsync((await chat.StateAsync(ChatState.Waiting, cancellation)).RetryIn!.Value, cancellation);

        var refused = await Assert.ThrowsAsync<ChatException>(() => connecting);
        Assert.Equal(code, refused.Code);
        Assert.Equal(code, Assert.IsType<ChatException>((await chat.StateAsync(ChatState.Closed, cancellation)).Reason).Code);
        Assert.Single(chat.Handshakes.All);
        Assert.Equal(code, (await Assert.ThrowsAsync<ChatException>(() => chat.Client.Room("blue").SendAsync("hi", cancellation: cancellation))).Code);

        token = "new";
        await chat.Client.ConnectAsync(cancellation);
        Assert.Equal(2, chat.Handshakes.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refused_client_comes_again_with_a_new_token()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var asked = 0;
        await using var chat = new ScriptedChat(getToken: _ => Task.FromResult<string?>($"{++asked}"))
        {
            OnHandshake = socket =>
            {
                if (socket.Token == "1") throw ScriptedChat.Refusal(HttpStatusCode.Unauthorized);
            },
        };
        var connecting = chat.Client.ConnectAsync(cancellation);
        await chat.ReconnectAsync(cancellation);
        await connecting;

        Assert.Equal(["1", "2"], chat.Handshakes.All.Select(socket => socket.Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_who_is_refused_has_no_other_token()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat { OnHandshake = _ => throw ScriptedChat.Refusal(HttpStatusCode.Unauthorized) };

        Assert.Equal(ChatErrorCode.Unauthorized, (await Assert.ThrowsAsync<ChatException>(() => chat.Client.ConnectAsync(cancellation))).Code);
        Assert.Single(chat.Handshakes.All);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(1, 105)]
    [InlineData(0.5, 110)]
    [InlineData(0, 115)]
    public async Task A_connection_is_renewed_5_to_15_minutes_before_the_cut_and_closed_only_after_the_next_is_open(double random, int minutes)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat { Random = random };
        var heard = await chat.ListenAsync("blue", cancellation);
        var first = chat.Newest;
        await chat.Time.TimerAsync(TimeSpan.FromMinutes(minutes), cancellation);

        // The second connection is in the room, and both hear, before the first one is closed.
        chat.OnFrame = (socket, frame) =>
        {
            if (socket != first && (string?)frame["action"] == "join") Assert.Equal(2, chat.OpenCount);
            return false;
        };
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(minutes));
        await first.Closed.Task.WaitAsync(cancellation);
        chat.Say("blue", "after");

        Assert.Equal("after", (await heard.NextAsync(cancellation)).Message);
        Assert.Equal(2, chat.Handshakes.All.Count);
        Assert.DoesNotContain(chat.States.All, change => change.State == ChatState.Waiting);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_both_connections_hear_during_a_renewal_is_heard_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        var first = chat.Newest;
        chat.OnFrame = (socket, frame) =>
        {
            if (socket != first && (string?)frame["action"] == "join")
            {
                socket.Rooms.Add("blue");
                chat.Say("blue", "one");
                chat.Say("blue", "two");
            }

            return false;
        };
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(110));
        await first.Closed.Task.WaitAsync(cancellation);
        chat.Say("blue", "three");

        Assert.Equal("one", (await heard.NextAsync(cancellation)).Message);
        Assert.Equal("two", (await heard.NextAsync(cancellation)).Message);
        Assert.Equal("three", (await heard.NextAsync(cancellation)).Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_ends_soon_is_renewed_before_by_the_times_of_the_server()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.Hello["connectedAt"] = "2030-01-01T00:00:00Z"; // whatever the clock here says
        chat.Hello["expiresAt"] = "2030-01-01T00:10:00Z";
        await chat.Client.ConnectAsync(cancellation);

        await chat.Time.TimerAsync(TimeSpan.FromMinutes(10) * 22 / 24, cancellation);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_renewal_that_fails_costs_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var heard = await chat.ListenAsync("blue", cancellation);
        chat.OnHandshake = _ => throw new IOException("No network.");
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(110));
        await chat.Time.TimerAsync(TimeSpan.FromSeconds(30), cancellation);
        chat.Say("blue", "still here");

        Assert.Equal("still here", (await heard.NextAsync(cancellation)).Message);
        Assert.Equal(1, chat.OpenCount);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_silent_connection_is_pinged_and_given_up_without_an_answer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        var pings = new Recorded<ScriptedSocket>();
        chat.OnFrame = (socket, frame) =>
        {
            if ((string?)frame["action"] == "ping") pings.Add(socket);
            return false;
        };
        await chat.ConnectAsync(cancellation);
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(8.5));
        Assert.Empty(pings.All);
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(0.5));
        await pings.NextAsync(cancellation);

        chat.Newest.IsSilent = true;
        await AdvanceSilentlyAsync(chat, TimeSpan.FromMinutes(9));
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), cancellation);

        await chat.ReconnectAsync(cancellation);
        Assert.Equal(2, chat.Handshakes.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_sleep_of_the_machine_the_connection_is_tried_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        await chat.ConnectAsync(cancellation);
        var first = chat.Newest;
        first.IsSilent = true;
        await chat.Time.TimerAsync(TimeSpan.FromSeconds(30), cancellation);
        FakeTimeProvider clock = chat.Time;
        clock.AdjustTime(clock.GetUtcNow() + TimeSpan.FromHours(8)); // timers stand still in a sleep
        clock.Advance(TimeSpan.FromSeconds(30));

        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), cancellation);
        await chat.ReconnectAsync(cancellation);
        Assert.NotSame(first, chat.Newest);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_does_not_greet_is_given_up()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat { OnHandshake = socket => socket.IsSilent = true };
        var connecting = chat.Client.ConnectAsync(cancellation);
        await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), cancellation);
        chat.OnHandshake = _ => { };
        await chat.ReconnectAsync(cancellation);
        await connecting;
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_function_that_throws_is_asked_again_unless_it_says_that_there_is_none()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Exception failure = new IOException("No network.");
        await using var chat = new ScriptedChat(getToken: _ => throw failure);
        var connecting = chat.Client.ConnectAsync(cancellation);
        var pause = (await chat.StateAsync(ChatState.Waiting, cancellation)).RetryIn!.Value;
        failure = new ChatException(ChatErrorCode.Unauthorized, "Logged out.");
        await chat.Time.AdvanceToTimerAsync(pause, cancellation);

        Assert.Same(failure, await Assert.ThrowsAsync<ChatException>(() => connecting));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_of_states_that_throws_does_not_stop_the_client()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var chat = new ScriptedChat();
        chat.Client.StateChanged += (_, _) => throw new InvalidOperationException("A bug.");
        await chat.Client.ConnectAsync(cancellation);

        Assert.Equal("A bug.", (await chat.HandlerFailures.NextAsync(cancellation)).Message);
    }

    /// <summary>In steps of the look of a connection at itself, so that each is done before the next.</summary>
    private static async Task AdvanceSilentlyAsync(ScriptedChat chat, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(30))
            await chat.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(30), Cancellation);
    }
}
