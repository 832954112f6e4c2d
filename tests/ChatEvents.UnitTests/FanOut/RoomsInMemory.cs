using System.Collections.Concurrent;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>
/// As much of DynamoDB as the fan-out asks for: queries of a room's shards, in pages, the log of recent messages, and the items of progress. Every call can be made
/// to wait or to fail.
/// </summary>
internal sealed class RoomsInMemory() : RoomRowsClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    private readonly SortedDictionary<(string RoomShard, string Id), Dictionary<string, AttributeValue>> _rows = [];

    private readonly ConcurrentQueue<Dictionary<string, AttributeValue>> _recent = [];

    public ConcurrentQueue<QueryRequest> Queries { get; } = [];

    public ConcurrentDictionary<string, Dictionary<string, AttributeValue>> Progress { get; } = [];

    /// <summary>How often progress was saved, whatever for.</summary>
    public int Saves { get; private set; }

    public Func<QueryRequest, CancellationToken, Task> OnQuery { get; set; } = (_, _) => Task.CompletedTask;

    public void Add(string room, string connectionId, DateTimeOffset connectedAt, DateTimeOffset? expiresAt = null)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _rows[(roomShard, connectionId)] = new()
        {
            [RegistryTables.RoomShard] = new(roomShard),
            [RegistryTables.ConnectionId] = new(connectionId),
            [RegistryTables.CallbackEndpoint] = new("https://ws.example.com/prod"),
            [RegistryTables.ConnectedAt] = Number(connectedAt.ToUnixTimeMilliseconds()),
            [RegistryTables.TimeToLive] = Number((expiresAt ?? connectedAt.AddHours(2)).ToUnixTimeSeconds()),
        };
    }

    public override async Task<RoomRowsResponse> QueryRowsAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Queries.Enqueue(request);
        await OnQuery(request, cancellationToken);
        var roomShard = request.ExpressionAttributeValues[":roomshard"].S;
        var now = NumberOf(request.ExpressionAttributeValues[":now"]);
        var after = request.ExclusiveStartKey?[RegistryTables.ConnectionId].S;
        var rows = _rows
            .Where(row => row.Key.RoomShard == roomShard && (after is null || string.CompareOrdinal(row.Key.Id, after) > 0))
            .Select(row => row.Value)
            .ToList();

        // The limit counts what is read, the filter comes after it, and a page that is just full has a next one, as on AWS.
        var read = rows.Take(request.Limit!.Value).ToList();
        var response = new RoomRowsResponse
        {
            Next = read.Count < request.Limit ? null : read[^1][RegistryTables.ConnectionId].S,
        };
        response.Rows.AddRange(read.Where(row => NumberOf(row[RegistryTables.TimeToLive]) > now).Select(row => new RoomRow(
            row[RegistryTables.ConnectionId].S,
            row[RegistryTables.CallbackEndpoint].S,
            DateTimeOffset.FromUnixTimeMilliseconds(NumberOf(row[RegistryTables.ConnectedAt])))));
        return response;
    }

    public override Task<BatchGetItemResponse> BatchGetItemAsync(BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        var (table, keys) = request.RequestItems.Single();
        var found = keys.Keys
            .Select(key => _rows.GetValueOrDefault((key[RegistryTables.RoomShard].S, key[RegistryTables.ConnectionId].S)))
            .OfType<Dictionary<string, AttributeValue>>();
        return Task.FromResult(new BatchGetItemResponse { Responses = new() { [table] = [.. found] } });
    }

    public override Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GetItemResponse { Item = Progress.GetValueOrDefault(request.Key[ProgressSchema.MessageId].S) });

    public override Task<BatchWriteItemResponse> BatchWriteItemAsync(
        BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        if (request.RequestItems.TryGetValue(RecentMessages.Table, out var recent))
        {
            foreach (var write in recent) _recent.Enqueue(write.PutRequest.Item);
            return Task.FromResult(new BatchWriteItemResponse());
        }

        Saves++;
        foreach (var item in request.RequestItems.Values.Single().Select(write => write.PutRequest.Item))
        {
            Progress[item[ProgressSchema.MessageId].S] = item;
        }

        return Task.FromResult(new BatchWriteItemResponse());
    }

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(RecentOf(request));

    private QueryResponse RecentOf(QueryRequest request) => new()
    {
        Items = [.. _recent
            .Where(item => item[RecentMessages.Room].S == request.ExpressionAttributeValues[":room"].S
                && string.CompareOrdinal(item[RecentMessages.Position].S, request.ExpressionAttributeValues[":from"].S) >= 0
                && NumberOf(item[RecentMessages.PostedAt]) >= NumberOf(request.ExpressionAttributeValues[":since"]))
            .OrderBy(item => item[RecentMessages.Position].S, StringComparer.Ordinal)],
    };

    private static AttributeValue Number(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    private static long NumberOf(AttributeValue value) => long.Parse(value.N, CultureInfo.InvariantCulture);
}
