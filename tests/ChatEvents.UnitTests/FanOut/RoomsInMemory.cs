using System.Collections.Concurrent;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing.Rights;
using ChatEvents.UnitTests.Nonsense;

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

    /// <summary>Positions in the log of a room, in order.</summary>
    public IReadOnlyList<string> LogOf(string room) => [.. MessagesOf(room).Select(item => item[RecentMessages.Position].S)];

    /// <summary>The messages in the log of a room, in order.</summary>
    public IReadOnlyList<Dictionary<string, AttributeValue>> MessagesOf(string room) =>
    [
        .. _recent.Where(item => item.Key.Room == room && item.Key.Position != RecentMessages.EpochPosition)
            .OrderBy(item => item.Key.Position, StringComparer.Ordinal)
            .Select(item => item.Value),
    ];

    /// <summary>What DynamoDB deletes of the log when its time is over.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var (key, item) in _recent.Where(item => NumberAttribute.In(item.Value[RecentMessages.TimeToLive]) <= now.ToUnixTimeSeconds()))
            _recent.TryRemove(key, out _);
    }

    /// <summary>How often progress was saved, whatever for.</summary>
    public int Saves { get; private set; }

    public Func<QueryRequest, CancellationToken, Task> OnQuery { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What reading an item of the log, or of what is owed, waits for.</summary>
    public Func<GetItemRequest, Task> OnRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>What looking up items by their keys waits for.</summary>
    public Func<BatchGetItemRequest, Task> OnFind { get; set; } = _ => Task.CompletedTask;

    /// <summary>What writing to a table waits for.</summary>
    public Func<string, Task> OnWrite { get; set; } = _ => Task.CompletedTask;

    /// <summary>How many writes to the log are made twice, as by Amazon's client when an answer is lost.</summary>
    public int LosesAnswers { get; set; }

    /// <summary>How often a log was queried.</summary>
    public int LogQueries { get; set; }

    /// <summary>What the answer to a write waits for that has taken place.</summary>
    public Func<string, Task> OnWritten { get; set; } = _ => Task.CompletedTask;

    /// <summary>Puts what nobody of this system has written: a membership, an item of the log, or one of progress.</summary>
    public void Put(Dictionary<string, AttributeValue> item)
    {
        if (item.TryGetValue(RegistryTables.RoomShard, out var roomShard)) _rows[(roomShard.S, item[RegistryTables.ConnectionId].S)] = item;
        else if (item.TryGetValue(ProgressSchema.MessageId, out var id) && !item.ContainsKey(RecentMessages.Room)) Progress[id.S] = item;
        else _recent[RecentKeyOf(item)] = item;
    }

    public void Add(
        string room,
        string connectionId,
        DateTimeOffset connectedAt,
        DateTimeOffset? expiresAt = null,
        string endpoint = "https://ws.example.com/prod",
        Dialect dialect = Dialect.Plain)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _rows[(roomShard, connectionId)] = new()
        {
            [RegistryTables.RoomShard] = new(roomShard),
            [RegistryTables.ConnectionId] = new(connectionId),
            [RegistryTables.CallbackEndpoint] = new(endpoint),
            [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connectedAt),
            [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(expiresAt ?? connectedAt.AddHours(2)),
        };
        if (dialect == Dialect.Json) _rows[(roomShard, connectionId)][RegistryTables.Dialect] = new("json");
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
        return RoomRowsReader.Read(DynamoDbJson.OfAnswer(
            read.Where(row => Passes(request, row)), read.Count < request.Limit ? null : read[^1]));
    }

    /// <summary>What the room owes to connections that were late.</summary>
    public int OwedIn(string room) => _recent.Keys.Count(key => key.Room == RecentMessages.OwedIn(room));

    public override async Task<BatchGetItemResponse> BatchGetItemAsync(BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        var (table, keys) = request.RequestItems.Single();
        Guard.CheckTable("BatchGetItem", table);
        ServiceRules.CheckBatch(keys.Keys);
        await OnFind(request);
        var found = keys.Keys
            .Select(key => table == ProgressSchema.Table
                ? Progress.GetValueOrDefault(key[ProgressSchema.MessageId].S)
                : _rows.GetValueOrDefault((key[RegistryTables.RoomShard].S, key[RegistryTables.ConnectionId].S)))
            .OfType<Dictionary<string, AttributeValue>>();
        return new BatchGetItemResponse { Responses = new() { [table] = [.. found] } };
    }

    public override async Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("GetItem", request.TableName);
        ServiceRules.CheckItem(request.Key);
        await OnRead(request);
        return new GetItemResponse { Item = _recent.GetValueOrDefault(RecentKeyOf(request.Key)) };
    }

    public override async Task<BatchWriteItemResponse> BatchWriteItemAsync(
        BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        var (table, writes) = request.RequestItems.Single();
        Guard.CheckTable("BatchWriteItem", table);
        ServiceRules.CheckBatch(writes.Select(write => write.PutRequest?.Item ?? write.DeleteRequest.Key));
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

        await OnWritten(table);
        return new BatchWriteItemResponse();
    }

    /// <summary>An item of the log, if its condition holds.</summary>
    public override async Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("PutItem", request.TableName);
        ServiceRules.CheckItem(request.Item);
        await OnWrite(request.TableName);
        lock (_recent)
        {
            var old = _recent.GetValueOrDefault(RecentKeyOf(request.Item));
            var seen = request.ExpressionAttributeValues?.GetValueOrDefault(":seen")?.S;
            var holds = request.ConditionExpression switch
            {
                "attribute_not_exists(#position)" or "attribute_not_exists(#epoch)" => old is null,
                "attribute_not_exists(#epoch) OR #epoch = :seen" => old is null || old[RecentMessages.Epoch].S == seen,
                var unknown => throw new NotSupportedException(unknown),
            };
            if (!holds) throw new ConditionalCheckFailedException("The conditional request failed");
            _recent[RecentKeyOf(request.Item)] = request.Item;
        }

        if (LosesAnswers > 0)
        {
            LosesAnswers--;
            return await PutItemAsync(request, cancellationToken);
        }

        await OnWritten(request.TableName);
        return new PutItemResponse();
    }

    /// <summary>
    /// Of an item of progress; its one expression sets one attribute and the time to live. Or of what is owed; its one expression adds to a
    /// set.
    /// </summary>
    public override async Task<UpdateItemResponse> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("UpdateItem", request.TableName);
        await OnWrite(request.TableName);
        var response = Update(request);
        await OnWritten(request.TableName);
        return response;
    }

    private UpdateItemResponse Update(UpdateItemRequest request)
    {
        if (request.UpdateExpression == "SET #removed = :true REMOVE #message, #data")
        {
            var message = _recent.GetValueOrDefault(RecentKeyOf(request.Key)) ?? throw new ConditionalCheckFailedException("no such item");
            var removed = message.Where(attribute => attribute.Key is not (RecentMessages.Message or RecentMessages.Data)).ToDictionary();
            removed[RecentMessages.Removed] = request.ExpressionAttributeValues[":true"];
            _recent[RecentKeyOf(request.Key)] = removed;
            return new UpdateItemResponse();
        }

        if (request.UpdateExpression.StartsWith("ADD #settled", StringComparison.Ordinal))
        {
            var (key, name) = (RecentKeyOf(request.Key), request.ExpressionAttributeNames["#settled"]);
            var owed = _recent.GetValueOrDefault(key) ?? throw new ConditionalCheckFailedException("no such item");
            List<string> settled = [.. owed.GetValueOrDefault(name)?.SS ?? [], .. request.ExpressionAttributeValues[":position"].SS];

            // A new item, because a walk may be reading the old one.
            if (!_recent.TryUpdate(key, new(owed) { [name] = new() { SS = settled } }, owed))
                throw new ConditionalCheckFailedException("it has changed meanwhile");
            return new UpdateItemResponse();
        }

        var messageId = request.Key[ProgressSchema.MessageId];
        Progress[messageId.S] = new(Progress.GetValueOrDefault(messageId.S) ?? new() { [ProgressSchema.MessageId] = messageId })
        {
            [ProgressSchema.GivenUp] = request.ExpressionAttributeValues[":attempt"],
        };
        return new UpdateItemResponse();
    }

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckTable("Query", request.TableName);
        if (request.ExpressionAttributeValues.ContainsKey(":from")) LogQueries++;
        return Task.FromResult(RecentOf(request));
    }

    private static (string Room, string Position) RecentKeyOf(Dictionary<string, AttributeValue> item) =>
        (item[RecentMessages.Room].S, item[RecentMessages.Position].S);

    private QueryResponse RecentOf(QueryRequest request)
    {
        var values = request.ExpressionAttributeValues;
        var found = _recent.Values.Where(item => item[RecentMessages.Room].S == values[":room"].S);
        if (values.TryGetValue(":from", out var from))
            found = found.Where(item => string.CompareOrdinal(item[RecentMessages.Position].S, from.S) >= 0
                && string.CompareOrdinal(item[RecentMessages.Position].S, values[":to"].S) <= 0);
        var sorted = found.OrderBy(item => item[RecentMessages.Position].S, StringComparer.Ordinal).ToList();
        if (request.ScanIndexForward == false) sorted.Reverse();
        if (request.ExclusiveStartKey is { } after) sorted = [.. sorted.SkipWhile(item => item[RecentMessages.Position].S != after[RecentMessages.Position].S).Skip(1)];
        var page = sorted.Take(request.Limit ?? int.MaxValue).ToList();
        return new()
        {
            Items = [.. page.Where(item => Passes(request, item))],
            LastEvaluatedKey = page.Count == request.Limit
                ? new() { [RecentMessages.Room] = page[^1][RecentMessages.Room], [RecentMessages.Position] = page[^1][RecentMessages.Position] }
                : null,
        };
    }

    /// <summary>The filters that the fan-out uses; without one, items past their time to live are found, as on AWS.</summary>
    private static bool Passes(QueryRequest request, Dictionary<string, AttributeValue> item)
    {
        return request.FilterExpression switch
        {
            null => true,
            "#ttl > :now" => Number("#ttl") > Value(":now"),
            "#postedat >= :since" => Number("#postedat") >= Value(":since"),
            var unknown => throw new NotSupportedException(unknown),
        };

        // What is missing, or no number, compares with nothing.
        decimal? Number(string name) => item.GetValueOrDefault(request.ExpressionAttributeNames[name])?.N is { } number
            ? decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)
            : null;

        decimal Value(string name) => NumberAttribute.In(request.ExpressionAttributeValues[name]);
    }
}
