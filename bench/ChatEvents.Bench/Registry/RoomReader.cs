using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Bench.Chat;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChatEvents.Bench.Registry;

/// <summary>Reads the room of everyone in several ways, each by the worker's own client, options and page size.</summary>
internal sealed class RoomReader : IAsyncDisposable
{
    private readonly ServiceProvider _worker;
    private readonly FanOutOptions _options;
    private readonly RoomRowsClient _dynamo;

    public RoomReader(string dynamoDbUrl)
    {
        _dynamo = new(BenchServers.Credentials, new() { ServiceURL = dynamoDbUrl, AuthenticationRegion = "eu-central-1" });
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        FanOutWorker.AddTo(services);
        services.AddSingleton<IAmazonDynamoDB>(_dynamo);
        services.AddSingleton<AWSCredentials>(BenchServers.Credentials);
        _worker = services.BuildServiceProvider();
        _options = _worker.GetRequiredService<IOptions<FanOutOptions>>().Value;
    }

    /// <summary>One page, and the next when it is there, as a scan of the table does.</summary>
    public async Task ReadPageAfterPageAsync(Action<int> onPage)
    {
        for (var shard = 0; shard < RegistryTables.ShardsPerRoom; shard++) await ReadShardAsync(shard, onPage);
    }

    /// <summary>As a walk does: the first page of every shard at once, and while one page is posted to, the next is on its way.</summary>
    public async Task ReadAsWalkAsync(Action<int> onPage)
    {
        await foreach (var page in _worker.GetRequiredService<RoomPages>().ReadPagesAsync(new WalkScope(Room.Everyone), new WalkScope(Room.Everyone).Start, CancellationToken.None))
            onPage(page.Connections.Count);
    }

    /// <summary>Every shard by itself, all at once.</summary>
    public Task ReadInParallelAsync(Action<int> onPage) =>
        Task.WhenAll(Enumerable.Range(0, RegistryTables.ShardsPerRoom).Select(shard => ReadShardAsync(shard, onPage)));

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _dynamo.Dispose();
    }

    private async Task ReadShardAsync(int shard, Action<int> onPage)
    {
        var roomShard = new AttributeValue(RegistryTables.RoomShardOf(Room.Everyone, shard));
        string? after = null;
        do
        {
            var page = await _dynamo.QueryRowsAsync(
                new QueryRequest
                {
                    TableName = RegistryTables.Rooms,
                    KeyConditionExpression = $"{RegistryTables.RoomShard} = :roomshard",
                    ProjectionExpression = $"{RegistryTables.ConnectionId}, {RegistryTables.CallbackEndpoint}, {RegistryTables.ConnectedAt}",
                    ExpressionAttributeValues = new() { [":roomshard"] = roomShard },
                    ExclusiveStartKey = after is null
                        ? null
                        : new() { [RegistryTables.RoomShard] = roomShard, [RegistryTables.ConnectionId] = new(after) },
                    ConsistentRead = _options.ConsistentReads,
                    Limit = _options.PageSize,
                },
                CancellationToken.None);
            onPage(page.Rows.Count);
            after = page.Next;
        }
        while (after is not null);
    }
}
