using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

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

    private static readonly ChatPosition Nowhere = new(Epoch: null, Seq: 0);

    private readonly ChatClient _client;
    private readonly Lock _gate = new();
    private readonly List<Listener> _listeners = [];

    // Removals and discontinuities, which are told before the next message.
    private readonly Queue<Func<Task>> _news = new();

    // Heard, but not by the listeners yet; all of the epoch of _tail.
    private readonly SortedDictionary<long, ChatMessage> _held = [];

    // Where the room is, as far as this client knows.
    private ChatPosition _tail = Nowhere;

    // Where the listeners are: the last message that they heard.
    private ChatPosition? _at;

    private string? _pastEpoch;
    private bool _mustFill, _isWorking;
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
            lock (_gate) return _at;
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
            if (IsJoined && _at is not null) return;
            IsJoined = true; // a reconnect during the wait joins it, too
            _at = after;
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
        if (Name != Everyone && !IsDirect(Name)) await _client.AskAsync(Frame("leave"), cancellation).ConfigureAwait(false);
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
        _client.SendAsync(Address, ("room", Address), message, data, id, cancellation);

    /// <summary>Removes the text of a message; for its sender and moderators.</summary>
    public Task RemoveAsync(long seq, CancellationToken cancellation = default) => _client.AskAsync(Frame("remove", ("seq", seq)), cancellation);

    /// <summary>Reads the history backwards.</summary>
    /// <param name="before">The number of the oldest message that is known; null for the newest page.</param>
    /// <param name="limit">How many messages; the server may give fewer.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ChatHistoryPage> HistoryAsync(long? before = null, int limit = 50, CancellationToken cancellation = default)
    {
        var page = await _client.AskAsync(Frame("history", ("before", before), ("limit", limit)), cancellation).ConfigureAwait(false);
        return new(MessagesIn(page), page.Flag("more"));
    }

    /// <summary>Who is in the room; for its members.</summary>
    /// <param name="next">Where the page begins, from the page before; null for the first.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ChatMembersPage> MembersAsync(string? next = null, CancellationToken cancellation = default)
    {
        var page = await _client.AskAsync(Frame("who", ("next", next)), cancellation).ConfigureAwait(false);
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
    public IDisposable OnMessage(Func<ChatMessage, Task> handler) => Add(handler, async message =>
    {
        await _client.GuardAsync(() => handler(message));
        return true;
    });

    /// <inheritdoc cref="OnMessage(Func{ChatMessage, Task})"/>
    public IDisposable OnMessage(Action<ChatMessage> handler) => Add(handler, message =>
    {
        _client.Guard(() => handler(message));
        return Task.FromResult(true);
    });

    /// <summary>
    /// The messages, from where the room's listeners are. A loop that ends early leaves the messages after its last one to the next listener. Ends
    /// when the client is closed.
    /// </summary>
    public async IAsyncEnumerable<ChatMessage> ReadMessagesAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // It holds nothing: a message that the loop does not ask for is not heard.
        var handOver = Channel.CreateBounded<ChatMessage>(capacity: 0);
        using var closing = _client.Closing.UnsafeRegister(_ => handOver.Writer.TryComplete(), state: null);
        using var listening = Add(handOver, async message =>
        {
            try
            {
                await handOver.Writer.WriteAsync(message);
                return true;
            }
            catch (ChannelClosedException)
            {
                return false;
            }
        });
        try
        {
            await foreach (var message in handOver.Reader.ReadAllAsync(cancellation)) yield return message;
        }
        finally
        {
            handOver.Writer.TryComplete();
        }
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
        if (frame.Number("seq") is not { } seq) return;
        lock (_gate)
        {
            if (!IsJoined) return;
            switch (frame.Text("type"))
            {
                case "message" when frame.Text("epoch") is { } epoch && epoch != _pastEpoch:
                    MoveTail(epoch, seq);
                    var isNew = _at is null || epoch != _at.Epoch || seq > _at.Seq;
                    if (isNew && _held.Count < _client.Options.MaxHeld) _held.TryAdd(seq, ChatMessage.Read(frame, Name, epoch));
                    break;
                case "removed" when _held.TryGetValue(seq, out var held):
                    _held[seq] = held with { Message = "", Data = null, IsRemoved = true };
                    break;
                case "removed" when seq <= _at?.Seq:
                    TellRemoved(new(frame.Text("epoch") ?? _at.Epoch, seq));
                    break;
            }

            Work();
        }
    }

    private async Task JoinByAsync(Func<JsonObject, Task<JsonElement>> ask)
    {
        // Nobody can join the room of a user, whose connections are in it without asking.
        var joined = IsDirect(Name) ? default : await ask(Frame("join")).ConfigureAwait(false);
        if (joined.Number("seq") is { } seq)
        {
            Locate(joined.Text("epoch"), seq);
            return;
        }

        // No answer says where the room is.
        lock (_gate)
        {
            if (_at is not null)
            {
                _mustFill = true;
                Work();
                return;
            }
        }

        var page = await ask(Frame("history", ("limit", 1))).ConfigureAwait(false);
        Locate(page.Text("epoch"), MessagesIn(page) is [.., var newest] ? newest.Seq : 0);
    }

    /// <summary>The room is at this message: the first time, the listeners begin behind it; later, they have to catch up with it.</summary>
    private void Locate(string? epoch, long seq)
    {
        lock (_gate)
        {
            if (!IsJoined) return;
            if (epoch is null && _at?.Epoch is not null)
            {
                // The whole log has expired, with what was in it.
                Lose(Nowhere);
                _held.Clear();
                _tail = Nowhere;
            }

            // What was heard before the answer is from after the join.
            _at ??= _held.Count == 0 ? new(epoch, seq) : new(_tail.Epoch, _held.Keys.First() - 1);
            if (epoch is not null) MoveTail(epoch, seq);
            Work();
        }
    }

    private void MoveTail(string epoch, long seq)
    {
        if (epoch == _pastEpoch) return;
        if (epoch != _tail.Epoch)
        {
            _held.Clear();
            _tail = new(epoch, seq);
        }
        else if (seq > _tail.Seq) _tail = new(epoch, seq);
    }

    private void Lose(ChatPosition upTo)
    {
        if (upTo.Epoch == _at!.Epoch && upTo.Seq <= _at.Seq) return;
        ChatDiscontinuity lost = upTo.Epoch == _at.Epoch ? new(_at.Seq + 1, upTo.Seq) : new(null, null);
        if (upTo.Epoch != _at.Epoch) _pastEpoch = _at.Epoch;
        (_at, _vainFills) = (upTo, 0);
        foreach (var old in _held.Keys.TakeWhile(held => held <= upTo.Seq).ToList()) _held.Remove(old);
        Tell(() => Discontinuity?.Invoke(this, lost));
    }

    private void TellRemoved(ChatRemoval removal) => Tell(() => Removed?.Invoke(this, removal));

    private void Tell(Action handlers) => _news.Enqueue(() =>
    {
        _client.Guard(handlers);
        return Task.CompletedTask;
    });

    private void Forget()
    {
        lock (_gate)
        {
            _held.Clear();
            _news.Clear();
            (IsJoined, _at, _tail, _pastEpoch, _mustFill, _vainFills) = (false, null, Nowhere, null, false, 0);
        }
    }

    private Listener Add(object handler, Func<ChatMessage, Task<bool>> hear)
    {
        lock (_gate)
        {
            if (_listeners.Find(known => known.Handler.Equals(handler)) is { } same) return same;
            var listener = new Listener(this, handler, hear);
            _listeners.Add(listener);
            Work();
            return listener;
        }
    }

    // ---- the work: one step after the other, as long as there is one ----------------------------------------------------------

    /// <summary>Call it after every change of what <see cref="FindStep"/> looks at.</summary>
    private void Work()
    {
        if (_isWorking) return;
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
        if (_at is null || _listeners.Count == 0) return null;
        if (_news.TryDequeue(out var tell)) return tell;
        if (_at.Epoch is null && _tail.Epoch is not null) _at = _at with { Epoch = _tail.Epoch }; // the room's first message

        var (at, isLive) = (_at, _at.Epoch == _tail.Epoch);
        if (isLive && _held.TryGetValue(at.Seq + 1, out var next)) return () => DeliverAsync(next);
        var mayMiss = _mustFill || !isLive || _tail.Seq > at.Seq;
        if (!mayMiss || _client.Closing.IsCancellationRequested) return null;
        _mustFill = false;
        return () => FillAsync(at);
    }

    private async Task DeliverAsync(ChatMessage message)
    {
        List<Listener> listeners;
        lock (_gate) listeners = [.. _listeners];
        var isHeard = message.IsRemoved; // nobody has seen it
        foreach (var listener in isHeard ? [] : listeners) isHeard |= await listener.HearAsync(message);

        lock (_gate)
        {
            if (!isHeard || _at != new ChatPosition(message.Epoch, message.Seq - 1)) return; // all listeners went, or the room was left
            _at = new(message.Epoch, message.Seq);
            if (_held.Remove(message.Seq, out var now) && now.IsRemoved && !message.IsRemoved) TellRemoved(new(message.Epoch, message.Seq));
        }
    }

    /// <summary>Reads from the history what comes next.</summary>
    private async Task FillAsync(ChatPosition at)
    {
        try
        {
            var page = await _client.AskAsync(Frame("history", ("after", at.Seq), ("epoch", at.Epoch), ("limit", PageSize)), _client.Closing);
            lock (_gate)
            {
                if (_at != at || Fill(page, at)) return;
            }

            await Task.Delay(PauseBetweenFills, _client.Options.Time, _client.Closing);
        }
        catch (Exception failure) when (failure is ChatException { Code: ChatErrorCode.Timeout } || _client.Closing.IsCancellationRequested)
        {
            // Offline for long, or closed: then the next connection, if there will be one, begins with another fill.
            lock (_gate) _mustFill = true;
        }
        catch (ChatException refusal)
        {
            _client.Report(refusal);
            lock (_gate)
            {
                if (_at == at) Skip();
            }
        }
    }

    /// <returns>Whether it was of use.</returns>
    private bool Fill(JsonElement page, ChatPosition at)
    {
        var messages = MessagesIn(page);
        var epoch = page.Text("epoch") ?? at.Epoch;
        var isOther = at.Epoch is not null && epoch != at.Epoch;
        if (isOther || page.Member("complete") is { ValueKind: JsonValueKind.False })
        {
            // What is kept begins here; without anything kept, where the room is.
            if (messages is [var first, ..]) Lose(new(epoch, first.Seq - 1));
            else if (isOther) Lose(new(epoch, 0));
            else Skip();
        }

        var hasLost = _at != at;
        _at = _at! with { Epoch = epoch };
        if (epoch is not null) MoveTail(epoch, messages is [.., var last] ? last.Seq : 0);
        foreach (var message in messages.Where(message => message.Seq > _at.Seq)) _held.TryAdd(message.Seq, message);

        _mustFill = page.Flag("more") && messages.Count > 0;
        if (_held.ContainsKey(_at.Seq + 1) || _tail.Seq <= _at.Seq || hasLost)
        {
            _vainFills = 0;
            return true;
        }

        if (++_vainFills >= MaxFills) Skip();
        return false;
    }

    /// <summary>Goes on with what was heard live.</summary>
    private void Skip()
    {
        var next = _held.Keys.FirstOrDefault(seq => _at!.Epoch != _tail.Epoch || seq > _at.Seq);
        Lose(next > 0 ? new(_tail.Epoch, next - 1) : _tail);
    }

    private JsonObject Frame(string action, params ReadOnlySpan<(string Name, JsonNode? Value)> members) =>
        ChatClient.Frame(action, [("room", Address), .. members]);

    private List<ChatMessage> MessagesIn(JsonElement page)
    {
        var epoch = page.Text("epoch") ?? "";
        return [.. page.Items("messages").Select(entry => ChatMessage.Read(entry, Name, epoch)).OrderBy(message => message.Seq)];
    }

    /// <param name="Room">Whose messages it hears.</param>
    /// <param name="Handler">Tells listeners apart.</param>
    /// <param name="HearAsync">Hears a message; false if it has stopped listening before.</param>
    private sealed record Listener(ChatRoom Room, object Handler, Func<ChatMessage, Task<bool>> HearAsync) : IDisposable
    {
        public void Dispose()
        {
            lock (Room._gate) Room._listeners.Remove(this);
        }
    }
}
