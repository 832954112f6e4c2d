using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatEvents.Client;

/// <summary>What a client is doing.</summary>
public enum ChatState
{
    /// <summary>Nothing: not connected yet, closed by the application, or refused for good.</summary>
    Closed,

    /// <summary>Opening a connection.</summary>
    Connecting,

    /// <summary>Connected, with all joined rooms.</summary>
    Open,

    /// <summary>Waiting for the next attempt.</summary>
    Waiting,
}

/// <summary>A change of <see cref="ChatClient.State"/>.</summary>
/// <param name="State">The new state.</param>
/// <param name="Reason">What went wrong; null if nothing did.</param>
/// <param name="RetryIn">How long it waits; null in other states.</param>
public sealed record ChatStateChange(ChatState State, Exception? Reason, TimeSpan? RetryIn);

/// <summary>
/// A client of a chat. It keeps a connection open, joins its rooms again on each new one, and fills what was missed from the rooms' history.
/// All members may be used from any thread.
/// </summary>
public sealed class ChatClient : IAsyncDisposable
{
    /// <summary>API Gateway ends the connection of a client that sends more.</summary>
    private const int MaxMessageBytes = 128 * 1024;

    /// <summary>Where a connection is short, as with a token that ends soon, the next one still has this time to open, or half of the short one's.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromSeconds(30);

    private readonly Uri _address;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<long> _sentAt = new();
    private TaskCompletionSource<Link> _open = NewOpen();
    private CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;
    private ChatException? _closedBecause;
    private (ChatException? Why, string? Token) _refused;
    private int _queued;
    private bool _isDisposed;

    /// <param name="address">Of the chat, such as <c>wss://abc123.execute-api.eu-west-1.amazonaws.com/prod</c>.</param>
    /// <param name="options">Null for the defaults.</param>
    public ChatClient(Uri address, ChatClientOptions? options = null)
    {
        Options = options ?? new();
        var query = new UriBuilder(address);
        query.Query = $"{query.Query.TrimStart('?')}&client={Uri.EscapeDataString(Options.ClientId)}".TrimStart('&');
        _address = query.Uri;
    }

    /// <summary>Is called with every change of <see cref="State"/>, in order.</summary>
    public event EventHandler<ChatStateChange>? StateChanged;

    /// <summary>
    /// The server refused something that nobody waits for: a message after it had been accepted (too large when rendered, over the sender's
    /// limit), or a room at a reconnect.
    /// </summary>
    public event EventHandler<ChatException>? Refused;

    /// <summary>A handler of the application threw this. The client goes on.</summary>
    public event EventHandler<Exception>? HandlerFailed;

    /// <summary>What it is doing.</summary>
    public ChatState State { get; private set; }

    /// <summary>What the server said about the latest connection; null before the first one.</summary>
    public ChatSession? Session { get; private set; }

    internal ChatClientOptions Options { get; }

    /// <summary>
    /// Connects, and keeps connected until it is closed. Rooms may be joined and messages sent before: they wait.
    /// </summary>
    /// <param name="cancellation">Ends the wait, not the attempts.</param>
    /// <returns>When the first connection is open.</returns>
    /// <exception cref="ChatException">The handshake was refused, and there is no other token.</exception>
    public Task ConnectAsync(CancellationToken cancellation = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_running.IsCompleted)
            {
                if (_closing.IsCancellationRequested) _closing = new();
                (_closedBecause, _refused) = (null, default);
                var closing = _closing.Token;
                _running = Task.Run(() => RunAsync(closing), CancellationToken.None);
            }
        }

        return Task.Run(
            async () =>
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
                try
                {
                    await FindOpenLinkAsync(either.Token);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    throw ClosedException();
                }
            },
            cancellation);
    }

    /// <summary>A room by its name, always the same object. It hears nothing until it is joined.</summary>
    public ChatRoom Room(string name)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room)) _rooms[name] = room = new(this, name);
            return room;
        }
    }

    /// <summary>The room of the user's direct messages, received and sent, on whichever device.</summary>
    public ChatRoom Inbox => Room(ChatRoom.Inbox);

    /// <summary>Sends a direct message, which all devices of that user and of the sender hear in their <see cref="Inbox"/>.</summary>
    /// <inheritdoc cref="ChatRoom.SendAsync"/>
    /// <param name="user">The id of the user.</param>
    /// <param name="message">The text.</param>
    /// <param name="data">Anything of the application's own; null for nothing.</param>
    /// <param name="id">See <see cref="ChatRoom.SendAsync"/>.</param>
    /// <param name="cancellation">Ends the wait. The message may have been sent.</param>
    public Task<string> SendToAsync(
        string user, string message, JsonNode? data = null, string? id = null, CancellationToken cancellation = default) =>
        SendAsync($"@{user}", ("to", user), message, data, id, cancellation);

    /// <summary>Closes the connection. What still waits for an answer fails with <see cref="ChatErrorCode.Closed"/>.</summary>
    public async Task CloseAsync()
    {
        CancellationTokenSource closing;
        Task running;
        lock (_gate) (closing, running) = (_closing, _running);
        await closing.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    /// <inheritdoc cref="CloseAsync"/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _isDisposed = true;
        await CloseAsync().ConfigureAwait(false);
    }

    // ---- the connection -------------------------------------------------------------------------------------------------------

    private async Task RunAsync(CancellationToken closing)
    {
        ChatException? final = null;
        for (var failures = 1; !closing.IsCancellationRequested; failures++)
        {
            Exception? why;
            Tell(ChatState.Connecting);
            try
            {
                var link = await OpenAsync(closing);
                failures = 1;
                why = await ServeAsync(link, closing);
            }
            catch (Exception failure)
            {
                why = failure;
            }

            final = FinalIn(why);
            if (final is not null || closing.IsCancellationRequested) break;
            var pause = PauseAfter(failures);
            Tell(ChatState.Waiting, why, pause);
            await Task.Delay(pause, Options.Time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        CancellationTokenSource ending;
        lock (_gate) (_closedBecause, ending) = (final, _closing);
        await ending.CancelAsync();
        Tell(ChatState.Closed, final);
    }

    /// <summary>What makes another attempt senseless.</summary>
    private static ChatException? FinalIn(Exception? failure) =>
        failure is ChatException { Code: ChatErrorCode.Unauthorized or ChatErrorCode.Forbidden } refusal ? refusal : null;

    /// <summary>Full jitter: clients that lost their connections together do not come back together.</summary>
    private TimeSpan PauseAfter(int failures)
    {
        var (min, max) = (Options.MinReconnectDelay, Options.MaxReconnectDelay);
        var longest = min * Math.Pow(2, Math.Min(failures, 30));
        return min + (((longest < max ? longest : max) - min) * Options.Random());
    }

    /// <summary>Opens a connection that is ready for use: greeted, with all joined rooms.</summary>
    private async Task<Link> OpenAsync(CancellationToken closing)
    {
        var token = Options.GetToken is { } getToken ? await getToken(closing) : null;
        if (_refused is { Why: { } why } refused && refused.Token == token) throw why;
        Link link;
        try
        {
            link = await Link.OpenAsync(_address, token, Options, Hear, closing);
            _refused = default;
        }
        catch (HttpRequestException refusal) when (refusal.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            var code = refusal.StatusCode is HttpStatusCode.Forbidden ? ChatErrorCode.Forbidden : ChatErrorCode.Unauthorized;
            _refused = (new ChatException(code, "The handshake was refused, and there is no other token.", refusal), token);
            if (Options.GetToken is null) throw _refused.Why;
            throw;
        }

        try
        {
            Session = ChatSession.Read(await AskOnAsync(link, Frame("hello"), closing));
            await Task.WhenAll(JoinedRooms().Select(room => room.JoinAgainAsync(frame => AskOnAsync(link, frame, closing))));
            return link;
        }
        catch (Exception)
        {
            await link.CloseAsync();
            throw;
        }
    }

    /// <summary>Uses a connection until it is lost. Before the server would cut it, the next one is opened, and only then this one is closed.</summary>
    /// <returns>Why it was lost.</returns>
    private async Task<Exception?> ServeAsync(Link link, CancellationToken closing)
    {
        try
        {
            Use(link);
            for (var pause = RenewAfter(Session!); ;)
            {
                using var isLost = CancellationTokenSource.CreateLinkedTokenSource(closing);
                var renewal = Task.Delay(pause, Options.Time, isLost.Token);
                var first = await Task.WhenAny(renewal, link.Ended);
                await isLost.CancelAsync();
                closing.ThrowIfCancellationRequested();
                if (first != renewal) return await link.Ended;
                try
                {
                    var next = await OpenAsync(closing);
                    Use(next);
                    await link.CloseAsync();
                    link = next;
                    pause = RenewAfter(Session!);
                }
                catch (Exception) when (!closing.IsCancellationRequested)
                {
                    pause = Options.MaxReconnectDelay; // this one still works
                }
            }
        }
        finally
        {
            await link.CloseAsync();
        }
    }

    /// <summary>By differences of the server's times only: the clock of this machine may be wrong.</summary>
    private TimeSpan RenewAfter(ChatSession session)
    {
        var life = session.ExpiresAt - session.ConnectedAt is { } promised && promised < Options.ConnectionLife ? promised : Options.ConnectionLife;
        var left = life * (1 + (2 * Options.Random())) / 24; // of two hours, 5 to 15 minutes
        if (left < LeastLeft) left = life / 2 < LeastLeft ? life / 2 : LeastLeft;
        return life - left > Options.MaxReconnectDelay ? life - left : Options.MaxReconnectDelay;
    }

    private void Use(Link link)
    {
        lock (_gate)
        {
            if (_open.Task.IsCompleted) _open = NewOpen();
            _open.SetResult(link);
        }

        Tell(ChatState.Open);
    }

    private List<ChatRoom> JoinedRooms()
    {
        lock (_gate) return [.. _rooms.Values.Where(room => room.IsJoined)];
    }

    private void Hear(JsonElement frame)
    {
        if (frame.Text("type") == "error") Report(ChatException.Read(frame));
        if (frame.Text("room") is not { } name) return;
        ChatRoom? room;
        lock (_gate) room = _rooms.GetValueOrDefault(name) ?? (ChatRoom.IsDirect(name) ? _rooms.GetValueOrDefault(ChatRoom.Inbox) : null);
        room?.Hear(frame);
    }

    // ---- frames and answers ---------------------------------------------------------------------------------------------------

    /// <param name="action">What is asked for.</param>
    /// <param name="members">Those that are null are left out.</param>
    internal static JsonObject Frame(string action, params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var frame = new JsonObject { ["action"] = action, ["id"] = Link.NewId() };
        foreach (var (name, value) in members)
        {
            if (value is not null) frame[name] = value;
        }

        return frame;
    }

    /// <summary>Sends a frame, on as many connections as it takes, until it is answered or its time is over.</summary>
    /// <exception cref="ChatException">The server refused it, or it was not answered.</exception>
    internal Task<JsonElement> AskAsync(JsonObject frame, CancellationToken cancellation)
    {
        var late = new CancellationTokenSource(Options.SendTimeout, Options.Time);
        return Task.Run(() => AskUntilAnsweredAsync(frame, FindOpenLinkAsync, late, cancellation), CancellationToken.None);
    }

    /// <summary>
    /// Sends a message. Those for one address are sent one after the other, because API Gateway keeps no order among frames that are under way
    /// at the same time.
    /// </summary>
    internal Task<string> SendAsync(
        string lane, (string Name, JsonNode? Value) address, string message, JsonNode? data, string? id, CancellationToken cancellation)
    {
        var frame = Frame("onMessage", address, ("message", message), ("data", data?.DeepClone()));
        if (id is not null) frame["id"] = id;
        var bytes = Link.Write(frame).Length;
        lock (_gate)
        {
            if (_queued >= Options.MaxQueued)
                return Refuse(ChatErrorCode.QueueFull, $"{Options.MaxQueued} messages wait to be accepted already.");
            if (bytes > MaxMessageBytes)
                return Refuse(ChatErrorCode.TooLarge, $"A frame has at most {MaxMessageBytes} bytes.");
            _queued++;
            var before = _lanes.GetValueOrDefault(lane, Task.CompletedTask);
            var late = new CancellationTokenSource(Options.SendTimeout, Options.Time);
            var sending = Task.Run(() => SendAfterAsync(before, frame, late, cancellation), CancellationToken.None);
            _lanes[lane] = Task.WhenAll(before, sending).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return sending;
        }

        static Task<string> Refuse(ChatErrorCode code, string why) => Task.FromException<string>(new ChatException(code, why));
    }

    private async Task<string> SendAfterAsync(Task before, JsonObject frame, CancellationTokenSource late, CancellationToken cancellation)
    {
        try
        {
            var answer = await AskUntilAnsweredAsync(
                frame,
                async ending =>
                {
                    await before.WaitAsync(ending);
                    var link = await FindOpenLinkAsync(ending);
                    if (NextSlot(Session!) is { Ticks: > 0 } wait) await Task.Delay(wait, Options.Time, ending);
                    return link;
                },
                late,
                cancellation);
            return answer.Text("messageId") ?? "";
        }
        finally
        {
            lock (_gate) _queued--;
        }
    }

    private async Task<JsonElement> AskUntilAnsweredAsync(
        JsonObject frame, Func<CancellationToken, Task<Link>> findLink, CancellationTokenSource late, CancellationToken cancellation)
    {
        var closing = Closing;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation, closing);
        ChatException? refusal = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var link = await findLink(ending.Token);
                try
                {
                    var answer = await link.AskAsync(frame, ending.Token);
                    if (answer.Text("type") != "error") return answer;
                    refusal = ChatException.Read(answer);
                    if (!refusal.IsTemporary) throw refusal;
                    await Task.Delay(refusal.RetryAfter ?? PauseAfter(attempt), Options.Time, ending.Token);
                }
                catch (NoAnswerException)
                {
                    await Task.Yield(); // the same frame again, here or on the next connection
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw closing.IsCancellationRequested
                ? ClosedException()
                : refusal ?? new ChatException(ChatErrorCode.Timeout, $"There was no answer within {Options.SendTimeout}.");
        }
        finally
        {
            late.Dispose();
        }
    }

    /// <summary>As <see cref="AskAsync"/>, but on one connection.</summary>
    private Task<JsonElement> AskOnAsync(Link link, JsonObject frame, CancellationToken cancellation) => AskUntilAnsweredAsync(
        frame,
        async _ => link.Ended.IsCompleted ? throw new IOException("The connection ended before it was ready.", await link.Ended) : link,
        new CancellationTokenSource(Options.SendTimeout, Options.Time),
        cancellation);

    private async Task<Link> FindOpenLinkAsync(CancellationToken cancellation)
    {
        Task<Link> open;
        lock (_gate)
        {
            // A connection that was just lost is forgotten by the first to notice.
            if (_open.Task.IsCompletedSuccessfully && _open.Task.Result.Ended.IsCompleted) _open = NewOpen();
            open = _open.Task;
        }

        return await open.WaitAsync(cancellation);
    }

    /// <summary>How long to wait for the next message, so that no second has more than the server allows.</summary>
    private TimeSpan NextSlot(ChatSession session)
    {
        if (session.MessagesPerSecond is not { } rate || rate <= 0) return TimeSpan.Zero;
        lock (_gate)
        {
            var second = (long)(Options.Time.TimestampFrequency * Math.Max(1, 1 / rate));
            var now = Options.Time.GetTimestamp();
            var slot = now;
            while (_sentAt.Count >= Math.Max(1, (int)rate)) slot = Math.Max(slot, _sentAt.Dequeue() + second);
            _sentAt.Enqueue(slot);
            return Options.Time.GetElapsedTime(now, slot);
        }
    }

    // ---- the application ------------------------------------------------------------------------------------------------------

    internal ChatException ClosedException()
    {
        lock (_gate) return _closedBecause ?? new ChatException(ChatErrorCode.Closed, "The client is closed.");
    }

    /// <summary>Ends when the client is closed.</summary>
    internal CancellationToken Closing
    {
        get
        {
            lock (_gate) return _closing.Token;
        }
    }

    internal void Report(ChatException refusal) => Guard(() => Refused?.Invoke(this, refusal));

    /// <summary>Calls handlers of the application. What they throw is theirs.</summary>
    internal void Guard(Action handlers)
    {
        try
        {
            handlers();
        }
        catch (Exception failure)
        {
            ReportHandler(failure);
        }
    }

    /// <inheritdoc cref="Guard"/>
    internal async Task GuardAsync(Func<Task> handlers)
    {
        try
        {
            await handlers();
        }
        catch (Exception failure)
        {
            ReportHandler(failure);
        }
    }

    private void ReportHandler(Exception failure)
    {
        try
        {
            HandlerFailed?.Invoke(this, failure);
        }
        catch (Exception)
        {
            // A handler that fails in telling that a handler failed: there is nobody left to tell.
        }
    }

    private void Tell(ChatState state, Exception? reason = null, TimeSpan? retryIn = null)
    {
        if (state == State) return; // a renewal
        State = state;
        Guard(() => StateChanged?.Invoke(this, new(state, reason, retryIn)));
    }

    private static TaskCompletionSource<Link> NewOpen() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
