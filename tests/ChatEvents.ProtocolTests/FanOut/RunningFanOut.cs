using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.ProtocolTests.Registry;
using ChatEvents.Queues;
using ChatEvents.Testing.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.FanOut;

/// <summary>
/// The whole fan-out worker on real protocols, with queues and tables of its own, to which it may do what it may where it is deployed.
/// </summary>
public sealed class RunningFanOut : IAsyncDisposable
{
    private readonly EmulatorsFixture _emulators;
    private readonly IAmazonSQS _sqs;
    private readonly TestTables _tables;
    private readonly Dictionary<string, string?> _settings;
    private readonly Dictionary<string, string?> _urls = [];
    private readonly ConcurrentDictionary<string, string> _resources = [];
    private readonly ConcurrentDictionary<object, long> _posts = [];
    private readonly MeterListener _meters = new();

    private RunningFanOut(EmulatorsFixture emulators, IAmazonSQS sqs, TestTables tables, ConnectionsSink sink)
    {
        (_emulators, _sqs, _tables, Sink) = (emulators, sqs, tables, sink);
        Calls = new GuardedCalls(DeployedRights.FanOut, name => _resources.GetValueOrDefault(name, name));
        _settings = new(tables.Settings)
        {
            ["Queues:Messages"] = EmulatorsFixture.Unique("messages.fifo"),
            ["Queues:Connections"] = EmulatorsFixture.Unique("connections"),
            ["Queues:Walks"] = EmulatorsFixture.Unique("walks.fifo"),
            ["Queues:Late"] = EmulatorsFixture.Unique("late.fifo"),
            ["urls"] = "http://127.0.0.1:0",

            // A machine at its limits neither makes a post time out, nor has a client not read for too long, unless a test is about that.
            ["FanOut:PostTimeout"] = "00:00:30",
            ["FanOut:ParkedFor"] = "00:10:00",

            // All messages of a test come from one sender, as fast as the queue takes them.
            ["Limits:MessagesPerSecond"] = "10000",
            ["Limits:Burst"] = "100000",
        };
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: "chatevents.posts", Meter.Scope: not null }) listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, count, _, _) =>
            _posts.AddOrUpdate(instrument.Meter.Scope!, count, (_, sum) => sum + count));
        _meters.Start();
    }

    public ConnectionsSink Sink { get; }

    /// <summary>What the workers ask of tables and queues.</summary>
    public GuardedCalls Calls { get; }

    /// <summary>What a worker on these queues and tables is told.</summary>
    public IReadOnlyDictionary<string, string?> Settings => _settings;

    public IAmazonSQS Sqs => _sqs;

    /// <summary>Queue of chat messages; its dead letters are on <c>dead-</c> and its name.</summary>
    public string MessagesQueue => _settings["Queues:Messages"]!;

    /// <summary>Queue of late deliveries.</summary>
    public string LateQueue => _settings["Queues:Late"]!;

    /// <summary>Queue of what the registry is told.</summary>
    public string ConnectionsQueue => _settings["Queues:Connections"]!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RunningFanOut> CreateAsync(EmulatorsFixture emulators)
    {
        var fanOut = new RunningFanOut(
            emulators, emulators.CreateSqs(), await TestTables.CreateAsync(emulators), await ConnectionsSink.StartAsync());
        foreach (var queue in fanOut._settings.Keys.Where(setting => setting.StartsWith("Queues:", StringComparison.Ordinal)))
        {
            var name = fanOut._settings[queue]!;
            var maxReceives = name == fanOut.LateQueue ? MaxReceives.OfLate : MaxReceives.ByDefault;
            var url = await QueueSetup.EnsureQueueAsync(fanOut._sqs, name, $"dead-{name}", maxReceives, Cancellation);
            fanOut._urls[queue] = url;
            fanOut._resources[url] = queue["Queues:".Length..];
        }

        return fanOut;
    }

    public Task CreateProgressTableAsync(string name) =>
        new TablesSetup(_tables.DynamoDb, TimeProvider.System, NullLogger<TablesSetup>.Instance)
            .EnsureTableAsync(new TableNames { Progress = name }.ProgressTable, Cancellation);

    /// <summary>Starts one worker; several may run at once.</summary>
    public Task<WebApplication> StartWorkerAsync(params (string Setting, string Value)[] settings) => StartWorkerAsync(_ => { }, settings);

    /// <param name="configure">What it shall have other than a worker usually has.</param>
    /// <param name="settings">Its settings.</param>
    public async Task<WebApplication> StartWorkerAsync(
        Action<WebApplicationBuilder> configure, params (string Setting, string Value)[] settings)
    {
        var worker = FanOutWorker.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(_settings);
            builder.Configuration.AddInMemoryCollection(_urls); // as a deployment names them: a name would have to be looked up first
            builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Setting, pair => (string?)pair.Value));
            foreach (var table in (string[])["Rooms", "Recent", "Progress"])
            {
                _resources[builder.Configuration[$"Tables:{table}"]!] = table;
            }

            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton<IAmazonDynamoDB>(_ => _emulators.CreateDynamoDb(Calls));
            builder.Services.AddSingleton<IAmazonSQS>(_ => _emulators.CreateSqs(Calls));
            builder.Services.AddSingleton(EmulatorsFixture.Credentials);
            builder.Services.AddSingleton(new PostSigner(EmulatorsFixture.Region));
            configure(builder);
        });
        await worker.StartAsync(Cancellation);
        return worker;
    }

    /// <summary>How many posts this worker has made.</summary>
    public long PostsOf(WebApplication worker) => _posts.GetValueOrDefault(worker.Services.GetRequiredService<IMeterFactory>());

    /// <summary>Chat messages that are waiting or in some worker's hand.</summary>
    public Task<int> MessagesLeftAsync() => CountAsync(MessagesQueue);

    /// <summary>Messages of a queue that are waiting or in somebody's hand.</summary>
    public async Task<int> CountAsync(string name)
    {
        var queue = await _sqs.GetQueueUrlAsync(name, Cancellation);
        var counted = await _sqs.GetQueueAttributesAsync(
            queue.QueueUrl,
            [QueueAttributeName.ApproximateNumberOfMessages, QueueAttributeName.ApproximateNumberOfMessagesNotVisible],
            Cancellation);
        return counted.Attributes.Values.Sum(number => int.Parse(number, CultureInfo.InvariantCulture));
    }

    /// <summary>Connections to everyone that the sink holds.</summary>
    public async Task<IReadOnlyList<string>> AddConnectionsAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(number => $"{number:D15}=").ToList();
        var connectedAt = TimeProvider.System.GetUtcNow().AddHours(-1);
        await WriteAsync([.. ids.Select(id => Put(id, Sink.Url, connectedAt, Room.Everyone))]);
        return ids;
    }

    /// <summary>A connection that some gateway holds.</summary>
    public Task AddConnectionAsync(string id, string endpoint, DateTimeOffset connectedAt, params IReadOnlyCollection<string> rooms) =>
        WriteAsync([.. rooms.Select(room => Put(id, endpoint, connectedAt, room))]);

    /// <param name="messageId">Its id.</param>
    /// <param name="text">What it says.</param>
    /// <param name="room">Whom it is for.</param>
    /// <param name="at">When it was posted, by the workers' clock; now by default.</param>
    public Task PostAsync(string messageId, string text, string room = Room.Everyone, DateTimeOffset? at = null) =>
        new RouteEventPublisher(
            _sqs, new RouteEventQueues { Messages = _settings["Queues:Messages"]!, Connections = _settings["Queues:Connections"]! })
            .PublishAsync(
                new MessagePosted
                {
                    MessageId = messageId,
                    ConnectionId = "sender=",
                    Room = room,
                    Message = text,
                    PostedAt = at ?? TimeProvider.System.GetUtcNow(),
                },
                Cancellation);

    public async ValueTask DisposeAsync()
    {
        _meters.Dispose();
        await Sink.DisposeAsync();
        await _tables.DisposeAsync();
        _sqs.Dispose();
        Assert.Empty(Calls.Refused);
    }

    private Task WriteAsync(IReadOnlyCollection<WriteRequest> rows) => Parallel.ForEachAsync(
        rows.Chunk(25),
        Cancellation,
        async (chunk, cancellation) => await _tables.DynamoDb.BatchWriteItemAsync(
            new BatchWriteItemRequest(new() { [_tables.Names.Rooms] = [.. chunk] }), cancellation));

    private static WriteRequest Put(string id, string endpoint, DateTimeOffset connectedAt, string room) =>
        new(new PutRequest(new Dictionary<string, AttributeValue>
        {
            [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(id))),
            [RegistryTables.ConnectionId] = new(id),
            [RegistryTables.CallbackEndpoint] = new(endpoint),
            [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connectedAt),
            [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(connectedAt.AddHours(2)),
        }));
}
