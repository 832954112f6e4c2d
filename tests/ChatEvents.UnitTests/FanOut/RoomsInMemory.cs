using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing.Rights;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>
/// As much of DynamoDB as the fan-out asks for: queries of a room's shards, in pages, the log of recent messages with what is owed, and
/// the items of progress. Most calls can be made to wait or to fail.
/// </summary>
internal sealed class RoomsInMemory() : RoomRowsClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    private readonly SortedDictionary<(string RoomShard, string Id), Dictionary<string, AttributeValue>> _rows = [];

    private readonly ConcurrentDictionary<(string Room, string Position), Dictionary<string, AttributeValue>> _recent = [];

    /// <summary>Told of each call.</summary>
    public GuardedCalls Guard { get; } = new(DeployedRights.FanOut, name => name switch
    {
        RegistryTables.Rooms => "Rooms",
        RecentMessages.Table => "Recent",
        ProgressSchema.Table => "Progress",
        _ => name,
    });

    public ConcurrentQueue<QueryRequest> Queries { get; } = [];

    public ConcurrentDictionary<string, Dictionary<string, AttributeValue>> Progress { get; } = [];

    /// <summary>How often progress was saved, whatever for.</summary>
    public int Saves { get; private set; }

    public Func<QueryRequest, CancellationToken, Task> OnQuery { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What reading an item of the log, or of what is owed, waits for.</summary>
    public Func<GetItemRequest, Task> OnRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>What writing to a table waits for.</summary>
    public Func<string, Task> OnWrite { get; set; } = _ => Task.CompletedTask;

    public void Add(string room, string connectionId, DateTimeOffset connectedAt, DateTimeOffset? expiresAt = null)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _rows[(roomShard, connectionId)] = new()
        {
            [RegistryTables.RoomShard] = new(roomShard),
            [RegistryTables.ConnectionId] = new(connectionId),
            [RegistryTables.CallbackEndpoint] = new("https://ws.example.com/prod"),
            [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connectedAt),
            [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(expiresAt ?? connectedAt.AddHours(2)),
        };
    }

    public void Remove(string room, string connectionId) =>
        _rows.Remove((RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId)), connectionId));

    public override async Task<RoomRowsResponse> QueryRowsAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Guard.CheckTable("Query", request.TableName);
        Queries.Enqueue(request);
        await OnQuery(request, cancellationToken);
        var roomShard = request.ExpressionAttributeValues[":roomshard"].S;
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
        response.Rows.AddRange(read.Where(row => Passes(request, row)).Select(row => new Membership(
            row[RegistryTables.ConnectionId].S,
            row[RegistryTables.CallbackEndpoint].S,
            NumberAttribute.InstantIn(row[RegistryTables.ConnectedAt]))));
        return response;
    }

    /// <summary>What the room owes to connections that were late.</summary>
    public int OwedIn(string room) => _recent.Keys.Count(key => key.Room == RecentMessages.OwedIn(room));

    public override Task<BatchGetItemResponse> BatchGetItemAsync(BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        var (table, keys) = request.RequestItems.Single();
        Guard.CheckTable("BatchGetItem", table);
        var found = keys.Keys
            .Select(key => table == ProgressSchema.Table
                ? Progress.GetValueOrDefault(key[ProgressSchema.MessageId].S)
                : _rows.GetValueOrDefault((key[RegistryTables.RoomShard].S, key[RegistryTables.ConnectionId].S)))
            .OfType<Dictionary<string, AttributeValue>>();
        return Task.FromResult(new BatchGetItemResponse { Responses = new() { [table] = [.. found] } });
    }

    public override async Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("GetItem", request.TableName);
        await OnRead(request);
        return new GetItemResponse { Item = _recent.GetValueOrDefault(RecentKeyOf(request.Key)) };
    }

    public override async Task<BatchWriteItemResponse> BatchWriteItemAsync(
        BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        var (table, writes) = request.RequestItems.Single();
        Guard.CheckTable("BatchWriteItem", table);
        await OnWrite(table);
        if (table == ProgressSchema.Table) Saves++;
        foreach (var write in writes)
        {
            if (write.DeleteRequest is { } delete)
                _recent.TryRemove(RecentKeyOf(delete.Key), out _);
            else if (table == ProgressSchema.Table)
                Progress[write.PutRequest.Item[ProgressSchema.MessageId].S] = write.PutRequest.Item;
            else
                _recent[RecentKeyOf(write.PutRequest.Item)] = write.PutRequest.Item;
        }

        return new BatchWriteItemResponse();
    }

    /// <summary>
    /// Of an item of progress; its one expression sets one attribute and the time to live. Or of what is owed; its one expression adds to a
    /// set.
    /// </summary>
    public override Task<UpdateItemResponse> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("UpdateItem", request.TableName);
        if (request.UpdateExpression.StartsWith("ADD #settled", StringComparison.Ordinal))
        {
            var (key, name) = (RecentKeyOf(request.Key), request.ExpressionAttributeNames["#settled"]);
            var owed = _recent.GetValueOrDefault(key) ?? throw new ConditionalCheckFailedException("no such item");
            List<string> settled = [.. owed.GetValueOrDefault(name)?.SS ?? [], .. request.ExpressionAttributeValues[":position"].SS];

            // A new item, because a walk may be reading the old one.
            if (!_recent.TryUpdate(key, new(owed) { [name] = new() { SS = settled } }, owed))
                throw new ConditionalCheckFailedException("it has changed meanwhile");
            return Task.FromResult(new UpdateItemResponse());
        }

        var messageId = request.Key[ProgressSchema.MessageId];
        Progress[messageId.S] = new(Progress.GetValueOrDefault(messageId.S) ?? new() { [ProgressSchema.MessageId] = messageId })
        {
            [ProgressSchema.GivenUp] = request.ExpressionAttributeValues[":position"],
        };
        return Task.FromResult(new UpdateItemResponse());
    }

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("Query", request.TableName);
        return Task.FromResult(RecentOf(request));
    }

    private static (string Room, string Position) RecentKeyOf(Dictionary<string, AttributeValue> item) =>
        (item[RecentMessages.Room].S, item[RecentMessages.Position].S);

    private QueryResponse RecentOf(QueryRequest request)
    {
        var values = request.ExpressionAttributeValues;
        var found = _recent.Values.Where(item => item[RecentMessages.Room].S == values[":room"].S);
        if (values.TryGetValue(":from", out var from))
            found = found.Where(item => string.CompareOrdinal(item[RecentMessages.Position].S, from.S) >= 0);
        var items = found.Where(item => Passes(request, item)).OrderBy(item => item[RecentMessages.Position].S, StringComparer.Ordinal);
        return new() { Items = [.. items] };
    }

    /// <summary>The filters that the fan-out uses; without one, items past their time to live are found, as on AWS.</summary>
    private static bool Passes(QueryRequest request, Dictionary<string, AttributeValue> item)
    {
        return request.FilterExpression switch
        {
            null => true,
            "#ttl > :now" => Number("#ttl") > NumberAttribute.In(request.ExpressionAttributeValues[":now"]),
            "#postedat >= :since" => Number("#postedat") >= NumberAttribute.In(request.ExpressionAttributeValues[":since"]),
            var unknown => throw new NotSupportedException(unknown),
        };

        long Number(string name) => NumberAttribute.In(item[request.ExpressionAttributeNames[name]]);
    }
}
