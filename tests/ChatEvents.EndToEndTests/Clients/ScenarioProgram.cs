using System.Text.Json;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>
/// A program with clients of one library. It takes commands and prints what its clients hear, one JSON object a line; <c>client.mjs</c>
/// says which. Each library has one, so that the scenarios are the same for all.
/// </summary>
public sealed class ScenarioProgram : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>How long no client may tell anything of what is waited for. Arbitrary, but long: it is spent only by a test that fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<ScenarioEvent>> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ChildProcess _process;
    private readonly SemaphoreSlim _typing = new(1);
    private int _read;

    private ScenarioProgram(string library, ChildProcess process) => (Library, _process) = (library, process);

    public string Library { get; }

    public int ProcessId => _process.Id;

    /// <summary>One program of each library.</summary>
    public static async Task<IReadOnlyList<ScenarioProgram>> StartAllAsync(CancellationToken cancellation) =>
    [
        new("js", await JavaScriptClient.StartNodeAsync(cancellation, "client.mjs")),
        new("net", ChildProcess.StartProgram("ChatEvents.ScenarioClient")),
    ];

    public async Task DoAsync(object command)
    {
        await _typing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await _process.TypeAsync(JsonSerializer.Serialize(command, Json));
        }
        finally
        {
            _typing.Release();
        }
    }

    public void Signal(string name) => _process.Signal(name);

    /// <summary>What a client has told so far.</summary>
    public IReadOnlyList<ScenarioEvent> EventsOf(string client, string kind)
    {
        lock (_gate)
        {
            Read();
            return [.. Of(client).Where(told => told.Event == kind)];
        }
    }

    /// <summary>Waits as long as it goes on: how long thousands of messages take, or hundreds of handshakes, is a matter of the machine.</summary>
    /// <exception cref="TimeoutException">Names what the client told last.</exception>
    public async Task UntilAsync(string client, string kind, int count, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        var (told, toldAt) = (0, time.GetTimestamp());
        while (EventsOf(client, kind).Count is var seen && seen < count)
        {
            var now = CountOf(kind);
            if (now == told && time.GetElapsedTime(toldAt) > Patience)
            {
                lock (_gate) throw new TimeoutException($"Expected {count} times '{kind}' at {client}, but saw {seen}. Last it told: {string.Join(", ", Of(client).TakeLast(5))}");
            }

            if (now > told) (told, toldAt) = (now, time.GetTimestamp());
            await Task.Delay(Pause, time, cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _typing.Dispose();
        return _process.DisposeAsync();
    }

    private int CountOf(string kind)
    {
        lock (_gate)
        {
            Read();
            return _counts.GetValueOrDefault(kind);
        }
    }

    private List<ScenarioEvent> Of(string client)
    {
        if (!_events.TryGetValue(client, out var events)) _events[client] = events = [];
        return events;
    }

    private void Read()
    {
        foreach (var line in _process.LinesBehind(_read))
        {
            _read++;
            if (!line.StartsWith('{')) throw new InvalidOperationException($"{Library}: {line}\n{string.Join('\n', _process.LinesBehind(_read))}");
            var told = JsonSerializer.Deserialize<ScenarioEvent>(line, Json)!;
            if (told.Event == "failed") throw new InvalidOperationException($"{Library}: {told.Text}");
            Of(told.Client).Add(told);
            _counts[told.Event] = _counts.GetValueOrDefault(told.Event) + 1;
        }

        if (_process.HasExited) throw new InvalidOperationException($"{Library} has ended: {string.Join('\n', _process.Lines().TakeLast(20))}");
    }
}

/// <summary>What a client told; which members there are depends on the kind.</summary>
public sealed record ScenarioEvent(
    string Client, string Event, string? Room, string? State, long Seq, string? Text, string? Code, long? From, long? To, Dictionary<string, int>? Codes);
