using System.Text.RegularExpressions;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// The fan-out worker's program, one after the other on the same queues and tables, before a room whose connections are rows and a
/// <see cref="CountingSink"/>.
/// </summary>
internal sealed partial class MortalFanOut : IAsyncDisposable
{
    /// <summary>What a worker had in hand comes back so long after its death; short, because a test waits for it each time.</summary>
    private const int VisibilitySeconds = 2;

    /// <summary>Only poison should become a dead letter, and not what a test kills a worker at again and again.</summary>
    private const int MaxReceiveCount = 200;

    private readonly SystemServers _servers;
    private readonly CountingSink _sink;
    private readonly string[] _settings;
    private readonly string _room = $"room-{Guid.NewGuid():N}";
    private readonly List<ChildProcess> _workers = [];
    private readonly RouteEventPublisher _publisher;

    private MortalFanOut(SystemServers servers, CountingSink sink, string[] settings)
    {
        (_servers, _sink, _settings) = (servers, sink, settings);
        _publisher = new RouteEventPublisher(servers.Sqs, new RouteEventQueues());
    }

    /// <summary>Number of the latest worker, the first being 1.</summary>
    public int Worker => _workers.Count;

    /// <summary>How many messages were posted; the first is 0.</summary>
    public int Posted { get; private set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="sink">Stands for the connections.</param>
    /// <param name="connections">How many.</param>
    /// <param name="settings">Of every worker, as on the command line.</param>
    public static async Task<MortalFanOut> StartAsync(CountingSink sink, int connections, params string[] settings)
    {
        var fanOut = new MortalFanOut(await SystemServers.StartAsync(Cancellation), sink, settings);
        await fanOut._servers.CreateQueuesAndTablesAsync(Cancellation);
        (string Queue, string DeadLetters)[] queues =
        [
            (QueueNames.Messages, QueueNames.MessagesDeadLetters),
            (QueueNames.Walks, QueueNames.WalksDeadLetters),
            (QueueNames.Late, QueueNames.LateDeadLetters),
        ];
        foreach (var (queue, deadLetters) in queues)
        {
            await QueueSetup.EnsureQueueAsync(fanOut._servers.Sqs, queue, deadLetters, MaxReceiveCount, Cancellation);
        }

        await fanOut.RegisterAsync(connections);
        return fanOut;
    }

    /// <summary>Puts the next message on its queue.</summary>
    public async Task PostAsync()
    {
        var message = new MessagePosted
        {
            MessageId = $"{_room}-{Posted}",
            ConnectionId = "sender=",
            Room = _room,
            Message = $"message {Posted}",
            PostedAt = TimeProvider.System.GetUtcNow(),
        };
        await _publisher.PublishAsync(message, Cancellation);
        Posted++;
    }

    /// <summary>Starts the next worker; when it returns, it receives.</summary>
    public async Task StartWorkerAsync()
    {
        string[] queues = ["Queue", "WalkQueue", "LateQueue"];
        var worker = ChildProcess.StartProgram(
            "ChatEvents.FanOut",
            _servers.Environment,
            [
                "--urls", "http://127.0.0.1:0",
                .. queues.Select(queue => $"--FanOut:{queue}:VisibilityTimeout=00:00:0{VisibilitySeconds}"),
                .. queues.Select(queue => $"--FanOut:{queue}:MaxReceiveCount={MaxReceiveCount}"),
                $"--FanOut:CallbackEndpoint={_sink.UrlFor(Worker + 1)}",
                .. _settings,
            ]);
        _workers.Add(worker);
        await worker.WaitForLineAsync(ReceivingLine(), Cancellation);
    }

    /// <summary>Ends the worker at once, as SIGKILL does.</summary>
    public async Task KillWorkerAsync()
    {
        _workers[^1].Kill();
        await _workers[^1].WaitForExitAsync(Cancellation);
    }

    /// <summary>Tells the worker to end, and waits until it has.</summary>
    public async Task<int> StopWorkerAsync()
    {
        _workers[^1].Signal("TERM");
        return await _workers[^1].WaitForExitAsync(Cancellation);
    }

    /// <summary>How often a worker lost a message to the time: on a machine that is too busy it cannot renew a lease.</summary>
    public int LeasesLostBy(int worker) =>
        worker == 0 ? 0 : _workers[worker - 1].Lines().Count(line => line.Contains("The lease of message", StringComparison.Ordinal));

    /// <summary>What a worker warned of.</summary>
    public string TroubleOf(int worker) => string.Join(
        '\n',
        _workers[worker - 1].Lines().Where(line => line.StartsWith("warn:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
        await _servers.DisposeAsync();
    }

    private Task RegisterAsync(int connections)
    {
        var connectedAt = TimeProvider.System.GetUtcNow().AddHours(-1);
        return Parallel.ForEachAsync(
            Enumerable.Range(0, connections).Select(number => RowOf($"{number:D15}=", connectedAt)).Chunk(25),
            Cancellation,
            async (rows, cancellation) => await _servers.DynamoDb.BatchWriteItemAsync(
                new BatchWriteItemRequest(new() { [RegistryTables.Rooms] = [.. rows] }), cancellation));
    }

    private WriteRequest RowOf(string connectionId, DateTimeOffset connectedAt) => new(new PutRequest(new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(_room, RegistryTables.ShardOf(connectionId))),
        [RegistryTables.ConnectionId] = new(connectionId),
        [RegistryTables.CallbackEndpoint] = new("http://127.0.0.1:1/unused"), // each worker posts to an address of its own
        [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connectedAt),
        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(connectedAt.AddHours(2)),
    }));

    [GeneratedRegex("Receiving from ")]
    private static partial Regex ReceivingLine();
}
