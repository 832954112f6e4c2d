using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ChatEvents.Client;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Client;

/// <summary>
/// A chat without a network: answers frames as docs/protocol.md says, keeps a log per room, and does wrong what a test tells it to. Its sockets
/// deliver at once, and its clock stands still until a test moves it.
/// </summary>
internal sealed class ScriptedChat : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RoomLog> _logs = new(StringComparer.Ordinal);
    private readonly List<ScriptedSocket> _open = [];
    private int _accepted;

    public ScriptedChat(ChatClientOptions? options = null, Func<CancellationToken, Task<string?>>? getToken = null)
    {
        options ??= new();
        Client = new ChatClient(new Uri("wss://chat.invalid/prod?room=lobby"), new ChatClientOptions
        {
            GetToken = getToken,
            ClientId = "0123456789abcdef",
            MaxQueued = options.MaxQueued,
            MaxHeld = options.MaxHeld,
            SendTimeout = options.SendTimeout,
            Time = Time,
            Random = () => Random,
            CreateSocket = () => new ScriptedSocket(this),
        });
        Client.StateChanged += (_, change) => States.Add(change);
        Client.Refused += (_, refusal) => Refusals.Add(refusal);
        Client.HandlerFailed += (_, failure) => HandlerFailures.Add(failure);
    }

    public FakeTime Time { get; } = new();

    public ChatClient Client { get; }

    public Recorded<ChatStateChange> States { get; } = new();

    public Recorded<ChatException> Refusals { get; } = new();

    public Recorded<Exception> HandlerFailures { get; } = new();

    /// <summary>Handshakes, also those that were refused.</summary>
    public Recorded<ScriptedSocket> Handshakes { get; } = new();

    /// <summary>All frames of the client, but pings.</summary>
    public Recorded<JsonObject> Frames { get; } = new();

    /// <summary>What the client takes for random.</summary>
    public double Random { get; set; } = 0.5;

    /// <summary>Runs in each handshake; may throw.</summary>
    public Action<ScriptedSocket> OnHandshake { get; set; } = _ => { };

    /// <summary>Runs before each frame is answered; true if the test has dealt with it.</summary>
    public Func<ScriptedSocket, JsonObject, bool> OnFrame { get; set; } = (_, _) => false;

    public JsonObject Hello { get; set; } = new() { ["protocol"] = "chatevents.v1", ["rooms"] = new JsonArray("everyone") };

    public static Exception Refusal(HttpStatusCode status) => new HttpRequestException("refused", new IOException(), status);

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    /// <summary>The log of a room, which a test may cut or begin anew.</summary>
    public RoomLog LogOf(string room)
    {
        lock (_gate) return _logs.TryGetValue(room, out var log) ? log : _logs[room] = new RoomLog();
    }

    /// <summary>Somebody says something: it is in the log, and goes to all sockets in the room that hear.</summary>
    public long Say(string room, string text)
    {
        lock (_gate)
        {
            var entry = LogOf(room).Add(text);
            foreach (var socket in _open.Where(socket => socket.Rooms.Contains(room) && !socket.IsDeaf)) socket.Post(Live(room, entry.Seq));
            return entry.Seq;
        }
    }

    /// <summary>The frame of a message, as it is posted.</summary>
    public JsonObject Live(string room, long seq)
    {
        lock (_gate)
        {
            var frame = LogOf(room).Entry(seq);
            (frame["type"], frame["room"], frame["epoch"]) = ("message", room, LogOf(room).Epoch);
            return frame;
        }
    }

    /// <summary>Connects, joins, and records what is heard in the room.</summary>
    public async Task<Recorded<ChatMessage>> ListenAsync(string room, CancellationToken cancellation)
    {
        var heard = new Recorded<ChatMessage>();
        Client.Room(room).OnMessage(heard.Add);
        await Client.ConnectAsync(cancellation);
        await Client.Room(room).JoinAsync(cancellation);
        return heard;
    }

    /// <summary>
    /// Connects, and waits until nothing waits for an answer any more: .NET forgets the timer of an answer a moment after the answer.
    /// </summary>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        await Client.ConnectAsync(cancellation);
        await Patiently.UntilAsync("no timer of an answer", () => !Time.ArmedTimers.Contains(Client.Options.AnswerTimeout), cancellation);
    }

    /// <summary>Ends the newest connection as a lost network does.</summary>
    public void Drop()
    {
        lock (_gate) _open[^1].Drop();
    }

    public ScriptedSocket Newest
    {
        get
        {
            lock (_gate) return _open[^1];
        }
    }

    public int OpenCount
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    /// <summary>Waits for a state, however often the client changes before.</summary>
    public async Task<ChatStateChange> StateAsync(ChatState state, CancellationToken cancellation)
    {
        while (true)
        {
            var change = await States.NextAsync(cancellation);
            if (change.State == state) return change;
        }
    }

    /// <summary>Waits for the next frame of an action.</summary>
    public async Task<JsonObject> FrameAsync(string action, CancellationToken cancellation)
    {
        while (true)
        {
            var frame = await Frames.NextAsync(cancellation);
            if ((string?)frame["action"] == action) return frame;
        }
    }

    /// <summary>Lets the pause before the next attempt pass.</summary>
    public async Task ReconnectAsync(CancellationToken cancellation)
    {
        var pause = (await StateAsync(ChatState.Waiting, cancellation)).RetryIn!.Value;
        await Time.AdvanceToTimerAsync(pause, cancellation);
        await StateAsync(ChatState.Open, cancellation);
    }

    internal void Open(ScriptedSocket socket)
    {
        lock (_gate) _open.Add(socket);
    }

    internal void Close(ScriptedSocket socket)
    {
        lock (_gate) _open.Remove(socket);
    }

    internal void Answer(ScriptedSocket socket, JsonObject frame)
    {
        if ((string?)frame["action"] != "ping") Frames.Add((JsonObject)frame.DeepClone());
        if (OnFrame(socket, frame)) return;
        lock (_gate)
        {
            var answer = AnswerTo(socket, frame);
            answer["id"] = (string?)frame["id"];
            socket.Post(answer);
        }
    }

    private JsonObject AnswerTo(ScriptedSocket socket, JsonObject frame)
    {
        var room = (string?)frame["room"] ?? "";
        switch ((string?)frame["action"])
        {
            case "hello":
                var hello = (JsonObject)Hello.DeepClone();
                hello["type"] = "hello";
                socket.Rooms.UnionWith(hello["rooms"]!.AsArray().Select(given => (string)given!));
                return hello;
            case "ping":
                return new() { ["type"] = "pong" };
            case "join":
                socket.Rooms.Add(room);
                var joined = new JsonObject { ["type"] = "joined", ["room"] = room, ["seq"] = LogOf(room).Last };
                if (LogOf(room).Epoch is { } epoch) joined["epoch"] = epoch;
                return joined;
            case "leave":
                socket.Rooms.Remove(room);
                return new() { ["type"] = "left", ["room"] = room };
            case "onMessage":
                return new() { ["type"] = "accepted", ["messageId"] = $"m{Interlocked.Increment(ref _accepted)}" };
            case "history":
                return LogOf(room).Page(room, (long?)frame["after"], (string?)frame["epoch"], (long?)frame["before"], (int)frame["limit"]!);
            default:
                return new() { ["type"] = "error", ["code"] = "unknown_action", ["error"] = "There is no such action." };
        }
    }

    /// <summary>The log of a room.</summary>
    internal sealed class RoomLog
    {
        private readonly List<JsonObject> _entries = [];
        private int _epochs;

        public string? Epoch { get; private set; }

        public long Last => _entries.Count;

        /// <summary>The first number that is kept; earlier ones have expired.</summary>
        public long FirstKept { get; set; } = 1;

        public int MaxPage { get; set; } = 100;

        public (long Seq, string Text) Add(string text)
        {
            Epoch ??= $"epoch-{++_epochs}";
            var seq = _entries.Count + 1L;
            _entries.Add(new()
            {
                ["seq"] = seq,
                ["messageId"] = $"{Epoch}.{seq}",
                ["from"] = new JsonObject { ["user"] = "ada", ["name"] = "Ada" },
                ["at"] = "2026-11-21T12:00:00.000Z",
                ["message"] = text,
            });
            return (seq, text);
        }

        public void Remove(long seq) => _entries[(int)seq - 1] = new() { ["seq"] = seq, ["removed"] = true };

        /// <summary>The whole log is lost.</summary>
        public void Lose() => (Epoch, FirstKept) = (ClearAll(), 1);

        public JsonObject Entry(long seq) => (JsonObject)_entries[(int)seq - 1].DeepClone();

        public JsonObject Page(string room, long? after, string? epoch, long? before, int limit)
        {
            var isOther = epoch is not null && epoch != Epoch;
            var from = isOther ? 0 : after ?? 0;
            var kept = _entries.Where(entry => (long)entry["seq"]! >= FirstKept).ToList();
            var asked = after is not null
                ? kept.Where(entry => (long)entry["seq"]! > from).Take(Math.Min(limit, MaxPage)).ToList()
                : kept.Where(entry => before is null || (long)entry["seq"]! < before).TakeLast(Math.Min(limit, MaxPage)).ToList();
            var more = after is not null ? asked.Count > 0 && (long)asked[^1]["seq"]! < Last : asked.Count > 0 && (long)asked[0]["seq"]! > FirstKept;
            var page = new JsonObject
            {
                ["type"] = "history",
                ["room"] = room,
                ["messages"] = new JsonArray([.. asked.Select(entry => entry.DeepClone())]),
                ["more"] = more,
                ["complete"] = !isOther && (after is null || from + 1 >= FirstKept),
            };
            if (Epoch is not null) page["epoch"] = Epoch;
            return page;
        }

        private string? ClearAll()
        {
            _entries.Clear();
            return null;
        }
    }
}

/// <summary>One connection of a <see cref="ScriptedChat"/>.</summary>
internal sealed class ScriptedSocket(ScriptedChat chat) : IChatSocket
{
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();

    public Uri? Address { get; private set; }

    public string? Token { get; private set; }

    public HashSet<string> Rooms { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it gets answers, but nothing that is said in rooms.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Whether it gets nothing at all, as over a network that swallows packets.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Completes when the client has closed it.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task ConnectAsync(Uri address, string? token, CancellationToken cancellation)
    {
        (Address, Token) = (address, token);
        chat.Handshakes.Add(this);
        chat.OnHandshake(this);
        chat.Open(this);
        return Task.CompletedTask;
    }

    public Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        if (_frames.Reader.Completion.IsCompleted) throw new IOException("The network is gone.");
        if (!IsSilent) chat.Answer(this, JsonNode.Parse(message.Span)!.AsObject());
        return Task.CompletedTask;
    }

    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation) =>
        await _frames.Reader.WaitToReadAsync(cancellation) && _frames.Reader.TryRead(out var frame) ? frame : null;

    public Task CloseAsync(CancellationToken cancellation)
    {
        chat.Close(this);
        Closed.TrySetResult();
        return Task.CompletedTask;
    }

    public void Post(JsonObject frame)
    {
        if (!IsSilent) _frames.Writer.TryWrite(Encoding.UTF8.GetBytes(frame.ToJsonString(JsonSerializerOptions.Default)));
    }

    public void Drop()
    {
        chat.Close(this);
        _frames.Writer.TryComplete(new IOException("The network is gone."));
    }

    public void Dispose() => chat.Close(this);
}
