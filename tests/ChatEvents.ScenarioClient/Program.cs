using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Client;

// A client of the scenarios: reads commands, one JSON object a line, and prints what it hears in the same way. client.mjs does the same with the
// JavaScript client, and ScenarioClient.cs runs both.
var clients = new ConcurrentDictionary<string, ChatClient>(StringComparer.Ordinal);
var output = new Lock();
var clock = new SleepyClock();

while (await Console.In.ReadLineAsync() is { } line)
{
    var command = JsonNode.Parse(line)!.AsObject();
    _ = DoAsync(command); // begun before the next command is read
}

async Task DoAsync(JsonObject command)
{
    var client = Text(command, "client") ?? "";
    try
    {
        await (Text(command, "do") switch
        {
            "connect" => ConnectAsync(client, command),
            "listen" => ListenAsync(client, Text(command, "room")!, Milliseconds(command["milliseconds"])),
            "send" => SendAsync(client, Text(command, "room")!, (int)command["count"]!, Milliseconds(command["every"])),
            "sleep" => clock.SleepAsync(Milliseconds(command["milliseconds"])!.Value),
            "close" => clients[client].CloseAsync(),
            var other => throw new InvalidOperationException($"There is no command {other}."),
        });
    }
    catch (Exception failure)
    {
        Tell(client, "failed", new() { ["text"] = failure.ToString() });
    }
}

// Connects; the file holds the token, and may change.
async Task ConnectAsync(string client, JsonObject command)
{
    var byDefault = new ChatClientOptions();
    var options = command["options"] as JsonObject ?? [];
    var tokenFile = Text(command, "tokenFile");
    var chat = clients[client] = new ChatClient(new Uri(Text(command, "url")!), new ChatClientOptions
    {
        GetToken = tokenFile is null ? null : async cancellation => (string?)await File.ReadAllTextAsync(tokenFile, cancellation),
        ClientId = Text(options, "client") ?? byDefault.ClientId,
        MinReconnectDelay = Milliseconds(options["minDelay"]) ?? byDefault.MinReconnectDelay,
        MaxReconnectDelay = Milliseconds(options["maxDelay"]) ?? byDefault.MaxReconnectDelay,
        ConnectionLife = Milliseconds(options["lifetime"]) ?? byDefault.ConnectionLife,
        PingAfter = Milliseconds(options["silence"]) ?? byDefault.PingAfter,
        ConnectTimeout = Milliseconds(options["patience"]) ?? byDefault.ConnectTimeout,
        AnswerTimeout = Milliseconds(options["patience"]) ?? byDefault.AnswerTimeout,
        SendTimeout = Milliseconds(options["sendTimeout"]) ?? byDefault.SendTimeout,
        Time = clock,
        MaxQueued = (int?)options["maxQueue"] ?? byDefault.MaxQueued,
    });
    chat.StateChanged += (_, change) => Tell(client, "state", new() { ["state"] = CodeOf(change.State) });
    chat.Refused += (_, refusal) => Tell(client, "error", new() { ["code"] = CodeOf(refusal.Code), ["text"] = refusal.Message });
    chat.HandlerFailed += (_, failure) => Tell(client, "error", new() { ["code"] = "handler", ["text"] = failure.ToString() });
    try
    {
        await chat.ConnectAsync();
    }
    catch (ChatException refused) when (refused.Code is ChatErrorCode.Unauthorized or ChatErrorCode.Forbidden or ChatErrorCode.Closed)
    {
        // Told as a state, too.
    }
}

// Hears a room, and takes some time for each message.
async Task ListenAsync(string client, string name, TimeSpan? each)
{
    var room = clients[client].Room(name);
    room.OnMessage(async message =>
    {
        Tell(client, "message", new() { ["room"] = name, ["seq"] = message.Seq, ["text"] = message.Message });
        if (each is { } time) await Task.Delay(time, TimeProvider.System);
    });
    room.Discontinuity += (_, lost) =>
    {
        var told = new JsonObject { ["room"] = name };
        if (lost.From is not null) (told["from"], told["to"]) = (lost.From, lost.To);
        Tell(client, "discontinuity", told);
    };
    await room.JoinAsync();
    Tell(client, "joined", new() { ["room"] = name });
}

// Sends "client 1", "client 2" and so on, without waiting for answers in between, and then tells what became of them.
async Task SendAsync(string client, string room, int count, TimeSpan? every)
{
    var sends = new List<Task<string>>();
    for (var i = 1; i <= count; i++)
    {
        sends.Add(clients[client].Room(room).SendAsync($"{client} {i}"));
        if (every is { } time) await Task.Delay(time, TimeProvider.System);
    }

    var codes = new JsonObject();
    await ((Task)Task.WhenAll(sends)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    foreach (var (code, times) in sends.CountBy(CodeOfSend)) codes[code] = times;
    Tell(client, "sent", new() { ["codes"] = codes });
}

static string CodeOfSend(Task sending) => sending.Exception?.InnerException switch
{
    null => "accepted",
    ChatException refused => CodeOf(refused.Code),
    var other => other.ToString(),
};

void Tell(string client, string what, JsonObject more)
{
    (more["client"], more["event"]) = (client, what);
    lock (output) Console.Out.WriteLine(more.ToJsonString());
}

static string CodeOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{value}");

static string? Text(JsonObject command, string name) => (string?)command[name];

static TimeSpan? Milliseconds(JsonNode? value) => value is null ? null : TimeSpan.FromMilliseconds((double)value);

/// <summary>After a sleep it has gone on, and timers have not noticed, as in a machine that slept.</summary>
internal sealed class SleepyClock : TimeProvider
{
    private long _slept;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Volatile.Read(ref _slept));

    public Task SleepAsync(TimeSpan length)
    {
        Interlocked.Add(ref _slept, length.Ticks);
        return Task.CompletedTask;
    }
}
