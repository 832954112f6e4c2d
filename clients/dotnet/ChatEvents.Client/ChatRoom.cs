using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatEvents.Client;

/// <summary>
/// A room. Its listeners hear each message once and in order, across reconnects: the room knows the number of the last message that was heard,
/// holds back what is not next, and reads what is missing from the history. While nobody listens, messages wait.
/// </summary>
public sealed class ChatRoom
{
    /// <summary>How many messages are asked for to fill a hole; the server may give fewer.</summary>
    private const int PageSize = 100;

    /// <summary>How often the history may fail to have what is missing until it counts as lost.</summary>
    private const int MaxFills = 3;

    private static readonly TimeSpan PauseBetweenFills = TimeSpan.FromSeconds(1);

    private readonly ChatClient _client;
    private readonly Lock _gate = new();
    private readonly List<Listener> _listeners = [];
    private readonly Queue<ChatRemoval> _removals = new();

    // Heard, but not by the listeners yet; all of the epoch _tailEpoch.
    private readonly SortedDictionary<long, ChatMessage> _held = [];

    // Where the listeners are: the number of the last message that they heard.
    private bool _isLocated;
    private string? _epoch;
    private long _seq;

    // Where the room is, as far as this client knows.
    private string? _tailEpoch;
    private long _tail;

    private string? _pastEpoch;
    private bool _mustFill;
    private ChatDiscontinuity? _lost;
    private bool _isWorking;
    private int _vainFills;

    internal ChatRoom(ChatClient client, string name) => (_client, Name) = (client, name);

    /// <summary>Is called, in order with the messages, when a message's text was removed.</summary>
    public event EventHandler<ChatRemoval>? Removed;

    /// <summary>
    /// Is called before the first message behind a hole that the history cannot fill: what was kept no longer reaches back that far. Read the
    /// room anew with <see cref="HistoryAsync"/>.
    /// </summary>
    public event EventHandler<ChatDiscontinuity>? Discontinuity;

    /// <summary>Its name; of <see cref="ChatClient.Inbox"/> <c>@</c>.</summary>
    public string Name { get; }

    /// <summary>The last message that the listeners have heard; null before the room is joined.</summary>
    public ChatPosition? Position
    {
        get
        {
            lock (_gate) return _isLocated ? new(_epoch, _seq) : null;
        }
    }

    /// <summary>Its name in frames.</summary>
    private string Address => Name == Inbox ? _client.Session?.DirectRoom ?? Name : Name;

    /// <summary>Whether it was joined: it is joined again on each new connection.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>Stands for the room of the user's direct messages, whichever user the token names.</summary>
    internal const string Inbox = "@";

    internal static bool IsDirect(string name) => name.StartsWith(Inbox, StringComparison.Ordinal);

    /// <summary>Every connection is in this room, and nobody can leave it.</summary>
    private const string Everyone = "everyone";

    // ---- what an application does ---------------------------------------------------------------------------------------------

    /// <summary>Joins the room: its listeners hear what is said from now on.</summary>
    /// <inheritdoc cref="JoinAsync(ChatPosition?, CancellationToken)"/>
    public Task JoinAsync(CancellationToken cancellation = default) => JoinAsync(after: null, cancellation);

    /// <summary>Joins the room: its listeners hear what was said after a position, such as the last one before a restart.</summary>
    /// <param name="after">See <see cref="Position"/>; null for what is said from now on.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ChatException">The server refused it.</exception>
    public async Task JoinAsync(ChatPosition? after, CancellationToken cancellation = default)
    {
        lock (_gate)
        {
            if (IsJoined && _isLocated) return;
            IsJoined = true; // a reconnect during the wait joins it, too
            if (after is not null) (_isLocated, _epoch, _seq) = (true, after.Epoch, after.Seq);
        }

        try
        {
            if (Name == Inbox) await _client.AskAsync(ChatClient.Frame("ping"), cancellation).ConfigureAwait(false); // whose inbox, the first connection tells
            await JoinByAsync(frame => _client.AskAsync(frame, cancellation)).ConfigureAwait(false);
        }
        catch (Exception)
        {
            Forget();
            throw;
        }
    }

    /// <summary>Leaves the room. Its listeners stay, and hear again after the next join.</summary>
    public async Task LeaveAsync(CancellationToken cancellation = default)
    {
        Forget();
        if (Name != Everyone && !IsDirect(Name)) await _client.AskAsync(ChatClient.Frame("leave", Address), cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a message. It waits while there is no connection, and is sent again until it is accepted or its time is over; however often it is
    /// sent, it is heard once.
    /// </summary>
    /// <param name="message">The text.</param>
    /// <param name="data">Anything of the application's own; null for nothing.</param>
    /// <param name="id">
    /// Names the message, so that the application itself may send it again within five minutes: 1 to 64 of <c>A-Z a-z 0-9 _ - .</c>. Null for a new one.
    /// </param>
    /// <param name="cancellation">Ends the wait. The message may have been sent.</param>
    /// <returns>The id of the message, once the server has accepted it.</returns>
    /// <exception cref="ChatException">It was refused, or not accepted in time.</exception>
    public Task<string> SendAsync(string message, JsonNode? data = null, string? id = null, CancellationToken cancellation = default) =>
        _client.SendAsync(Address, new JsonObject { ["room"] = Address }, message, data, id, cancellation);

    /// <summary>Removes the text of a message; for its sender and moderators.</summary>
    public Task RemoveAsync(long seq, CancellationToken cancellation = default)
    {
        var frame = ChatClient.Frame("remove", Address);
        frame["seq"] = seq;
        return _client.AskAsync(frame, cancellation);
    }

    /// <summary>Reads the history backwards.</summary>
    /// <param name="before">The number of the oldest message that is known; null for the newest page.</param>
    /// <param name="limit">How many messages; the server may give fewer.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ChatHistoryPage> HistoryAsync(long? before = null, int limit = 50, CancellationToken cancellation = default)
    {
        var frame = ChatClient.Frame("history", Address);
        frame["limit"] = limit;
        if (before is not null) frame["before"] = before;
        var page = await _client.AskAsync(frame, cancellation).ConfigureAwait(false);
        return new(MessagesIn(page), page.Flag("more"));
    }

    /// <summary>Who is in the room; for its members.</summary>
    /// <param name="next">Where the page begins, from the page before; null for the first.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ChatMembersPage> MembersAsync(string? next = null, CancellationToken cancellation = default)
    {
        var frame = ChatClient.Frame("who", Address);
        if (next is not null) frame["next"] = next;
        var page = await _client.AskAsync(frame, cancellation).ConfigureAwait(false);
        return new(
            page.Number("count") ?? 0,
            [.. page.Items("members").Select(member => new ChatMember(
                member.Text("user"), member.Text("name"), member.Text("guest"), (int)(member.Number("connections") ?? 1)))],
            page.Text("next"),
            page.Flag("atLeast"));
    }

    /// <summary>
    /// Calls a handler with each message, one after the other: the next one waits until it is done. What it throws is told to
    /// <see cref="ChatClient.HandlerFailed"/>. The same handler added twice is called once.
    /// </summary>
    /// <returns>Ends it.</returns>
    public IDisposable OnMessage(Func<ChatMessage, Task> handler) => Add(new(
        this,
        handler,
        async message =>
        {
            try
            {
                await handler(message);
            }
            catch (Exception failure)
            {
                _client.ReportHandler(failure);
            }

            return true;
        }));

    /// <inheritdoc cref="OnMessage(Func{ChatMessage, Task})"/>
    public IDisposable OnMessage(Action<ChatMessage> handler) => Add(new(
        this,
        handler,
        message =>
        {
            _client.Guard(() => handler(message));
            return Task.FromResult(true);
        }));

    /// <summary>
    /// The messages, from where the room's listeners are. A loop that ends early leaves the messages after its last one to the next listener. Ends
    /// when the client is closed.
    /// </summary>
    public async IAsyncEnumerable<ChatMessage> ReadMessagesAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var closing = _client.Closing;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closing);
        var handOver = new HandOver();
        using var listening = Add(new(this, handOver, handOver.GiveAsync));
        try
        {
            while (await handOver.TakeAsync(either.Token) is { } message) yield return message;
        }
        finally
        {
            handOver.End();
        }

        cancellation.ThrowIfCancellationRequested();
    }

    // ---- what the client does -------------------------------------------------------------------------------------------------

    /// <summary>Joins on a new connection.</summary>
    internal async Task JoinAgainAsync(Func<JsonObject, Task<JsonElement>> ask)
    {
        try
        {
            await JoinByAsync(ask);
        }
        catch (ChatException refusal) when (refusal.Code is not (ChatErrorCode.Timeout or ChatErrorCode.Closed or ChatErrorCode.Unavailable or ChatErrorCode.RateLimited))
        {
            Forget();
            _client.Report(refusal);
        }
    }

    /// <summary>A frame about this room that is no answer.</summary>
    internal void Hear(JsonElement frame)
    {
        switch (frame.Text("type"))
        {
            case "message" when frame.Text("epoch") is { } epoch && frame.Number("seq") is { } seq:
                Hear(ChatMessage.Read(frame, Name, epoch), seq);
                break;
            case "removed" when frame.Number("seq") is { } seq:
                HearRemoval(new(frame.Text("epoch"), seq));
                break;
            case "error":
                _client.Report(ChatException.Read(frame));
                break;
        }
    }

    private void Hear(ChatMessage message, long seq)
    {
        lock (_gate)
        {
            if (!IsJoined || message.Epoch == _pastEpoch) return;
            MoveTail(message.Epoch, seq);
            var isNew = !_isLocated || message.Epoch != _epoch || seq > _seq;
            if (isNew && _held.Count < _client.Options.MaxHeld) _held.TryAdd(seq, message);
            Work();
        }
    }

    private void HearRemoval(ChatRemoval removal)
    {
        lock (_gate)
        {
            if (!IsJoined) return;
            if (_held.TryGetValue(removal.Seq, out var held)) _held[removal.Seq] = held with { Message = "", Data = null, IsRemoved = true };
            else if (removal.Seq <= _seq) _removals.Enqueue(removal with { Epoch = removal.Epoch ?? _epoch });
            Work();
        }
    }

    private async Task JoinByAsync(Func<JsonObject, Task<JsonElement>> ask)
    {
        // Nobody can join the room of a user, whose connections are in it without asking.
        var joined = IsDirect(Name) ? default : await ask(ChatClient.Frame("join", Address)).ConfigureAwait(false);
        if (joined.Number("seq") is { } seq)
        {
            Locate(joined.Text("epoch"), seq);
            return;
        }

        // No answer says where the room is.
        lock (_gate)
        {
            if (_isLocated)
            {
                _mustFill = true;
                Work();
                return;
            }
        }

        var newest = ChatClient.Frame("history", Address);
        newest["limit"] = 1;
        var page = await ask(newest).ConfigureAwait(false);
        Locate(page.Text("epoch"), page.Items("messages").Select(message => message.Number("seq") ?? 0).DefaultIfEmpty(0).Max());
    }

    /// <summary>The room is at this message: the first time, the listeners begin behind it; later, they have to catch up with it.</summary>
    private void Locate(string? epoch, long seq)
    {
        lock (_gate)
        {
            if (!IsJoined) return;
            if (_isLocated && epoch is null && _epoch is not null)
            {
                // The whole log has expired, with what was in it.
                Lose(null, 0);
                _held.Clear();
                (_tailEpoch, _tail) = (null, 0);
            }
            else if (!_isLocated && _held.Count == 0) (_epoch, _seq) = (epoch, seq);
            else if (!_isLocated) (_epoch, _seq) = (_tailEpoch, _held.Keys.First() - 1); // what was heard before the answer is from after the join
            _isLocated = true;
            if (epoch is not null) MoveTail(epoch, seq);
            Work();
        }
    }

    private void MoveTail(string epoch, long seq)
    {
        if (epoch == _pastEpoch) return;
        if (epoch != _tailEpoch)
        {
            _held.Clear();
            (_tailEpoch, _tail) = (epoch, 0);
        }

        _tail = Math.Max(_tail, seq);
    }

    private void Lose(string? epoch, long seq)
    {
        if (epoch == _epoch && seq <= _seq) return;
        _lost = epoch == _epoch ? new(_seq + 1, seq) : new(null, null);
        if (epoch != _epoch) _pastEpoch = _epoch;
        (_epoch, _seq, _vainFills) = (epoch, seq, 0);
        foreach (var old in _held.Keys.TakeWhile(held => held <= seq).ToList()) _held.Remove(old);
    }

    private void Forget()
    {
        lock (_gate)
        {
            _held.Clear();
            _removals.Clear();
            (IsJoined, _isLocated, _epoch, _seq, _tailEpoch, _tail, _pastEpoch) = (false, false, null, 0, null, 0, null);
            (_mustFill, _lost, _vainFills) = (false, null, 0);
        }
    }

    private Listener Add(Listener listener)
    {
        lock (_gate)
        {
            if (_listeners.Find(known => known.Handler.Equals(listener.Handler)) is { } same) return same;
            _listeners.Add(listener);
            Work();
            return listener;
        }
    }

    // ---- the work: one step after the other, as long as there is one ----------------------------------------------------------

    /// <summary>Call it after every change of what <see cref="FindStep"/> looks at.</summary>
    private void Work()
    {
        if (_isWorking || FindStep() is null) return;
        _isWorking = true;
        _ = Task.Run(WorkAsync);
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            Func<Task>? step;
            lock (_gate)
            {
                step = FindStep();
                _isWorking = step is not null;
            }

            if (step is null) return;
            await step();
        }
    }

    private Func<Task>? FindStep()
    {
        if (!_isLocated || _listeners.Count == 0) return null;
        if (_lost is { } lost) return () => TellLostAsync(lost);
        if (_removals.TryPeek(out var removal)) return () => TellRemovedAsync(removal);
        if (_epoch is null && _tailEpoch is not null) _epoch = _tailEpoch; // the room's first message

        var isLive = _epoch == _tailEpoch;
        if (isLive && _held.TryGetValue(_seq + 1, out var next)) return () => DeliverAsync(next);
        var mayMiss = _mustFill || !isLive || _tail > _seq;
        return mayMiss && !_client.Closing.IsCancellationRequested ? FillAsync : null;
    }

    private async Task DeliverAsync(ChatMessage message)
    {
        List<Listener> listeners;
        lock (_gate) listeners = [.. _listeners];
        var isHeard = message.IsRemoved; // nobody has seen it
        foreach (var listener in isHeard ? [] : listeners) isHeard |= await listener.HearAsync(message);

        lock (_gate)
        {
            if (!isHeard || message.Epoch != _epoch || message.Seq != _seq + 1) return; // all listeners went, or the room was left
            _seq = message.Seq;
            if (_held.Remove(message.Seq, out var now) && now.IsRemoved && !message.IsRemoved) _removals.Enqueue(new(message.Epoch, message.Seq));
        }
    }

    /// <summary>Reads from the history what comes next.</summary>
    private async Task FillAsync()
    {
        string? epoch;
        long after;
        lock (_gate) (epoch, after, _mustFill) = (_epoch, _seq, false);
        var frame = ChatClient.Frame("history", Address);
        (frame["after"], frame["limit"]) = (after, PageSize);
        if (epoch is not null) frame["epoch"] = epoch;
        try
        {
            var page = await _client.AskAsync(frame, _client.Closing);
            lock (_gate)
            {
                if (!_isLocated || _epoch != epoch || _seq != after) return;
                if (Fill(page)) return;
            }

            await Task.Delay(PauseBetweenFills, _client.Options.Time, _client.Closing);
        }
        catch (ChatException refusal) when (refusal.Code == ChatErrorCode.Timeout)
        {
            lock (_gate) _mustFill = true; // offline for long
        }
        catch (ChatException refusal) when (refusal.Code != ChatErrorCode.Closed)
        {
            _client.Report(refusal);
            lock (_gate) Skip();
        }
        catch (Exception) when (_client.Closing.IsCancellationRequested)
        {
            // The next connection, if there will be one, begins with another fill.
            lock (_gate) _mustFill = true;
        }
    }

    /// <returns>Whether it was of use.</returns>
    private bool Fill(JsonElement page)
    {
        var messages = MessagesIn(page);
        var epoch = page.Text("epoch") ?? _epoch;
        var isOther = _epoch is not null && epoch != _epoch;
        if (isOther || page.Member("complete") is { ValueKind: JsonValueKind.False })
        {
            // What is kept begins here; without anything kept, where the room is.
            if (messages is [var first, ..]) Lose(epoch, first.Seq - 1);
            else if (isOther) Lose(epoch, 0);
            else Skip();
        }

        _epoch = epoch;
        if (epoch is not null) MoveTail(epoch, messages is [.., var last] ? last.Seq : 0);
        foreach (var message in messages.Where(message => message.Seq > _seq)) _held.TryAdd(message.Seq, message);

        _mustFill = page.Flag("more") && messages.Count > 0;
        if (_held.ContainsKey(_seq + 1) || _tail <= _seq || _lost is not null)
        {
            _vainFills = 0;
            return true;
        }

        if (++_vainFills >= MaxFills) Skip();
        return false;
    }

    /// <summary>Goes on with what was heard live.</summary>
    private void Skip() => Lose(
        _tailEpoch, _held.Keys.FirstOrDefault(seq => _epoch != _tailEpoch || seq > _seq) is > 0 and var next ? next - 1 : _tail);

    private Task TellLostAsync(ChatDiscontinuity lost)
    {
        lock (_gate) _lost = null;
        _client.Guard(() => Discontinuity?.Invoke(this, lost));
        return Task.CompletedTask;
    }

    private Task TellRemovedAsync(ChatRemoval removal)
    {
        lock (_gate) _removals.TryDequeue(out _);
        _client.Guard(() => Removed?.Invoke(this, removal));
        return Task.CompletedTask;
    }

    private List<ChatMessage> MessagesIn(JsonElement page)
    {
        var epoch = page.Text("epoch") ?? "";
        return [.. page.Items("messages").Select(entry => ChatMessage.Read(entry, Name, epoch)).OrderBy(message => message.Seq)];
    }

    /// <param name="room">Whose messages it hears.</param>
    /// <param name="handler">Tells listeners apart.</param>
    /// <param name="hear">Hears a message; false if it has stopped listening before.</param>
    private sealed class Listener(ChatRoom room, object handler, Func<ChatMessage, Task<bool>> hear) : IDisposable
    {
        public object Handler { get; } = handler;

        public Func<ChatMessage, Task<bool>> HearAsync { get; } = hear;

        public void Dispose()
        {
            lock (room._gate) room._listeners.Remove(this);
        }
    }

    /// <summary>Hands messages to a reader, each only when the reader asks for it: what a reader did not take is not heard.</summary>
    private sealed class HandOver
    {
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _asked = new(0);
        private readonly SemaphoreSlim _given = new(0);
        private ChatMessage? _message;
        private bool _hasEnded;

        public async Task<bool> GiveAsync(ChatMessage message)
        {
            await _asked.WaitAsync();
            lock (_gate)
            {
                if (_hasEnded) return false;
                _message = message;
            }

            _given.Release();
            return true;
        }

        /// <returns>Null when the wait was ended.</returns>
        public async Task<ChatMessage?> TakeAsync(CancellationToken cancellation)
        {
            _asked.Release();
            await _given.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate)
            {
                // The wait may end in the same moment in which a message is given: then it counts.
                var message = _message;
                (_message, _hasEnded) = (null, message is null);
                return message;
            }
        }

        public void End()
        {
            lock (_gate) _hasEnded = true;
            _asked.Release();
        }
    }
}
