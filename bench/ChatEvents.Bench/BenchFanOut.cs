using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Local.Emulators;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.Bench;

/// <summary>The worker's own services, posting to a sink and reading a room from a DynamoDB emulator in a process of its own.</summary>
internal sealed class BenchFanOut : IAsyncDisposable
{
    public static readonly BasicAWSCredentials Credentials = new("AKIDEXAMPLE", "secret");

    private readonly LocalEmulators _emulators;
    private readonly WebApplication _worker;

    private BenchFanOut(LocalEmulators emulators, WebApplication worker, CountingDynamoDb dynamo) =>
        (_emulators, _worker, Dynamo) = (emulators, worker, dynamo);

    public CountingDynamoDb Dynamo { get; }

    public IConnectionPoster Poster => _worker.Services.GetRequiredService<IConnectionPoster>();

    /// <param name="connections">How many rows the room of everyone has.</param>
    /// <param name="endpoint">Where the rows say they can be reached.</param>
    /// <param name="configure">Settings other than the defaults.</param>
    public static async Task<BenchFanOut> StartAsync(int connections, string endpoint, Action<FanOutOptions>? configure = null)
    {
        var emulators = await LocalEmulators.StartAsync();
        var dynamo = new CountingDynamoDb(new AmazonDynamoDBConfig
        {
            ServiceURL = emulators.DynamoDbUrl.ToString(),
            AuthenticationRegion = "eu-central-1",
        });
        var tables = new RegistryTablesSetup(dynamo, new RegistryOptions(), TimeProvider.System, NullLogger<RegistryTablesSetup>.Instance);
        await tables.CreateTablesAsync(CancellationToken.None);
        await tables.EnsureTableAsync(ProgressSchema.Table, [new(ProgressSchema.MessageId, KeyType.HASH)], CancellationToken.None);
        await FillAsync(dynamo, connections, endpoint);

        var worker = FanOutWorker.Build([], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.Configure<FanOutOptions>(options => configure?.Invoke(options));
            builder.Services.AddSingleton<IAmazonDynamoDB>(dynamo);
            builder.Services.AddSingleton<IAmazonSQS>(new AmazonSQSClient(
                Credentials, new AmazonSQSConfig { ServiceURL = emulators.SqsUrl.ToString(), AuthenticationRegion = "eu-central-1" }));
            builder.Services.AddSingleton<AWSCredentials>(Credentials);
            builder.Services.AddSingleton(new PostSigner("eu-central-1"));
        });
        await worker.Services.GetRequiredService<CallbackCredentials>().StartAsync(CancellationToken.None);
        return new BenchFanOut(emulators, worker, dynamo);
    }

    public static string ConnectionIdOf(int number) => $"{number:D15}=";

    /// <summary>One message to the whole room, as the consumer does it; ends when nobody is late either.</summary>
    public async Task<MessageTally> WalkAsync(string messageId)
    {
        var tally = new MessageTally(Room.Everyone, new RenderedMessage(messageId, "Echo: Hello everyone"));
        await _worker.Services.GetRequiredService<RoomWalks>().JoinAsync(Room.Everyone, tally, WalkPosition.Start, CancellationToken.None);
        await tally.NoneLateAsync();
        return tally;
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        Dynamo.Dispose();
        await _emulators.DisposeAsync();
    }

    private static async Task FillAsync(CountingDynamoDb dynamo, int connections, string endpoint)
    {
        var now = TimeProvider.System.GetUtcNow();
        var connectedAt = new AttributeValue { N = $"{now.AddHours(-1).ToUnixTimeMilliseconds()}" };
        var timeToLive = new AttributeValue { N = $"{now.AddHours(2).ToUnixTimeSeconds()}" };
        await Parallel.ForEachAsync(Enumerable.Range(0, connections).Chunk(25), async (numbers, cancellation) =>
        {
            var writes = numbers.Select(number => new WriteRequest(new PutRequest(new Dictionary<string, AttributeValue>
            {
                [RegistryTables.RoomShard] =
                    new(RegistryTables.RoomShardOf(Room.Everyone, RegistryTables.ShardOf(ConnectionIdOf(number)))),
                [RegistryTables.ConnectionId] = new(ConnectionIdOf(number)),
                [RegistryTables.CallbackEndpoint] = new(endpoint),
                [RegistryTables.ConnectedAt] = connectedAt,
                [RegistryTables.TimeToLive] = timeToLive,
            })));
            await dynamo.BatchWriteItemAsync(new BatchWriteItemRequest(new() { [RegistryTables.Rooms] = [.. writes] }), cancellation);
        });
    }
}

/// <summary>Counts the pages that are read.</summary>
internal sealed class CountingDynamoDb(AmazonDynamoDBConfig config) : RoomRowsClient(BenchFanOut.Credentials, config)
{
    private int _queries;

    public int TakeQueries() => Interlocked.Exchange(ref _queries, 0);

    public override Task<RoomRowsResponse> QueryRowsAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _queries);
        return base.QueryRowsAsync(request, cancellationToken);
    }
}
