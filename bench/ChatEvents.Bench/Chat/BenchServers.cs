using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Local.Emulators;
using ChatEvents.Queues;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.Bench.Chat;

/// <summary>SQS and DynamoDB by emulators in processes of their own, with the tables and queues of the fan-out.</summary>
internal sealed class BenchServers : IAsyncDisposable
{
    private const string Region = "eu-central-1";

    public static readonly BasicAWSCredentials Credentials = new("AKIDEXAMPLE", "secret");

    private readonly LocalEmulators _emulators;

    private BenchServers(LocalEmulators emulators)
    {
        _emulators = emulators;
        Dynamo = new CountingDynamoDb(new AmazonDynamoDBConfig
        {
            ServiceURL = emulators.DynamoDbUrl.ToString(),
            AuthenticationRegion = Region,
        });
        Sqs = new AmazonSQSClient(
            Credentials, new AmazonSQSConfig { ServiceURL = emulators.SqsUrl.ToString(), AuthenticationRegion = Region });
    }

    public CountingDynamoDb Dynamo { get; }

    public IAmazonSQS Sqs { get; }

    public Uri SqsUrl => _emulators.SqsUrl;

    public Uri DynamoDbUrl => _emulators.DynamoDbUrl;

    public static async Task<BenchServers> StartAsync()
    {
        var servers = new BenchServers(await LocalEmulators.StartAsync());
        await new TablesSetup(servers.Dynamo, TimeProvider.System, NullLogger<TablesSetup>.Instance)
            .CreateTablesAsync(new TableNames(), CancellationToken.None);
        await QueueSetup.EnsureQueuesAsync(servers.Sqs, new RouteEventQueues(), CancellationToken.None);
        return servers;
    }

    /// <summary>Starts a whole fan-out worker that uses these servers.</summary>
    /// <param name="configure">What is not as by default.</param>
    /// <param name="args">Its command line.</param>
    public async Task<WebApplication> StartFanOutAsync(Action<WebApplicationBuilder> configure, params string[] args)
    {
        var worker = FanOutWorker.Build(args, builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IAmazonDynamoDB>(Dynamo);
            builder.Services.AddSingleton(Sqs);
            builder.Services.AddSingleton<AWSCredentials>(Credentials);
            builder.Services.AddSingleton(new PostSigner(Region));
            builder.Services.Configure<FanOutOptions>(options =>
            {
                foreach (var local in (string[])["http://127.0.0.1:0", "http://localhost:0", "https://localhost:0"]) options.AllowedEndpoints.Add(local);
            });
            configure(builder);
        });
        await worker.StartAsync();
        return worker;
    }

    /// <summary>Writes memberships of connections that have been open for an hour.</summary>
    public async Task FillAsync(string room, IEnumerable<string> connectionIds, string endpoint, Func<string, Dialect>? dialectOf = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var connectedAt = NumberAttribute.OfMilliseconds(now.AddHours(-1));
        var timeToLive = NumberAttribute.OfSeconds(now.AddHours(2));
        await Parallel.ForEachAsync(connectionIds.Chunk(25), async (ids, cancellation) =>
        {
            var writes = ids.Select(id =>
            {
                var row = new Dictionary<string, AttributeValue>
                {
                    [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(id))),
                    [RegistryTables.ConnectionId] = new(id),
                    [RegistryTables.CallbackEndpoint] = new(endpoint),
                    [RegistryTables.ConnectedAt] = connectedAt,
                    [RegistryTables.TimeToLive] = timeToLive,
                };
                if (dialectOf is not null && Dialects.Write(dialectOf(id)) is { } dialect) row[RegistryTables.Dialect] = new(dialect);
                return new WriteRequest(new PutRequest(row));
            });
            await Dynamo.BatchWriteItemAsync(new BatchWriteItemRequest(new() { [RegistryTables.Rooms] = [.. writes] }), cancellation);
        });
    }

    public async ValueTask DisposeAsync()
    {
        Dynamo.Dispose();
        Sqs.Dispose();
        await _emulators.DisposeAsync();
    }
}
