using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.UnitTests.Nonsense;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// As much of DynamoDB as the registry asks for, in memory: single items, their conditions, and batches. Each item is one atomic step
/// that <see cref="OnCall"/> may hold back, for as long as its caller waits, or make fail, which is how tests interleave workers and kill them between two writes.
/// </summary>
internal sealed class InMemoryDynamoDb() : AmazonDynamoDBClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    private static readonly string[] KeyNames = ["roomshard", "connectionid", "room", "position", "banned"];

    private readonly Dictionary<string, Dictionary<string, Dictionary<string, AttributeValue>>> _tables = [];

    /// <summary>Comes before and after each item is read or written; what it throws, the caller gets.</summary>
    public Func<CallPoint, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    /// <summary>What DynamoDB would have charged so far, reads and writes together, by the sizes of the items.</summary>
    public double Units { get; private set; }

    /// <summary>Whether the next failed condition comes without the item that it met, as on an emulator.</summary>
    public Func<bool> IsSecretive { get; set; } = () => false;

    /// <summary>Whether the next read that does not ask for consistency misses what it looks for.</summary>
    public Func<bool> IsStale { get; set; } = () => false;

    public IEnumerable<Dictionary<string, AttributeValue>> ItemsOf(string table) => TableOf(table).Values;

    /// <summary>Puts what nobody of this system has written.</summary>
    public void Put(string table, Dictionary<string, AttributeValue> item) => TableOf(table)[KeyOf(item)] = item;

    public void Clear(string table) => TableOf(table).Clear();

    /// <summary>Whether the next item of a batch is left unprocessed.</summary>
    public Func<bool> IsThrottled { get; set; } = () => false;

    public override async Task<BatchGetItemResponse> BatchGetItemAsync(
        BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        var response = new BatchGetItemResponse { Responses = [], UnprocessedKeys = [] };
        foreach (var (table, keys) in request.RequestItems)
        {
            ServiceRules.CheckBatch(keys.Keys);
            foreach (var key in keys.Keys)
            {
                if (IsThrottled())
                {
                    response.UnprocessedKeys.TryAdd(table, new() { Keys = [] });
                    response.UnprocessedKeys[table].Keys.Add(key);
                    continue;
                }

                var isStale = keys.ConsistentRead != true && IsStale();
                var item = await CallAsync(new(nameof(BatchGetItemAsync), table, IsWrite: false), () =>
                {
                    var found = TableOf(table).GetValueOrDefault(KeyOf(key));
                    Charge(RequestUnits.OfRead(RequestUnits.SizeOf(found), keys.ConsistentRead == true));
                    return isStale ? null : found;
                }, cancellationToken);
                response.Responses.TryAdd(table, []);
                if (item is not null) response.Responses[table].Add(item);
            }
        }

        return response;
    }

    public override async Task<BatchWriteItemResponse> BatchWriteItemAsync(
        BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        var response = new BatchWriteItemResponse { UnprocessedItems = [] };
        foreach (var (table, writes) in request.RequestItems)
        {
            ServiceRules.CheckBatch(writes.Select(write => write.PutRequest?.Item ?? write.DeleteRequest.Key));
            foreach (var write in writes)
            {
                var key = KeyOf(write.PutRequest?.Item ?? write.DeleteRequest.Key);
                if (IsThrottled())
                {
                    response.UnprocessedItems.TryAdd(table, []);
                    response.UnprocessedItems[table].Add(write);
                    continue;
                }

                await CallAsync(new(nameof(BatchWriteItemAsync), table, IsWrite: true), () =>
                {
                    ChargeWrite(TableOf(table).GetValueOrDefault(key), write.PutRequest?.Item);
                    if (write.PutRequest is { } put) TableOf(table)[key] = new(put.Item);
                    else TableOf(table).Remove(key);
                    return key;
                }, cancellationToken);
            }
        }

        return response;
    }

    public override Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(PutItemAsync), request.TableName, IsWrite: true), () =>
        {
            ServiceRules.CheckItem(request.Item);
            var table = TableOf(request.TableName);
            var key = KeyOf(request.Item);
            var old = table.GetValueOrDefault(key);
            ChargeWrite(old, request.Item);
            Check(
                old, request.ConditionExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues,
                request.ReturnValuesOnConditionCheckFailure);
            table[key] = new(request.Item);
            return new PutItemResponse();
        }, cancellationToken);

    public override Task<DeleteItemResponse> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(DeleteItemAsync), request.TableName, IsWrite: true), () =>
        {
            ServiceRules.CheckItem(request.Key);
            var table = TableOf(request.TableName);
            var key = KeyOf(request.Key);
            var old = table.GetValueOrDefault(key);
            ChargeWrite(old);
            Check(
                old, request.ConditionExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues,
                request.ReturnValuesOnConditionCheckFailure);
            table.Remove(key);
            return new DeleteItemResponse { Attributes = request.ReturnValues == ReturnValue.ALL_OLD ? old : null };
        }, cancellationToken);

    public override Task<ScanResponse> ScanAsync(ScanRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(ScanAsync), request.TableName, IsWrite: false), () => new ScanResponse
        {
            Items = [.. TableOf(request.TableName).Values.Where(item => Holds(
                request.FilterExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues, item))],
        }, cancellationToken);

    /// <summary>As the table of recent messages is queried: of a room, back to a position; or as memberships are: of a shard.</summary>
    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        request.KeyConditionExpression == "roomshard = :roomshard" ? CallAsync(new(nameof(QueryAsync), request.TableName, IsWrite: false), () => new QueryResponse
        {
            Items = [.. TableOf(request.TableName).Values
                .Where(item => item["roomshard"].S == request.ExpressionAttributeValues[":roomshard"].S)
                .Where(item => Holds(request.FilterExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues, item))],
        }, cancellationToken)
        : CallAsync(new(nameof(QueryAsync), request.TableName, IsWrite: false), () =>
        {
            Assert.False(request.ScanIndexForward);
            var after = request.ExclusiveStartKey?["position"].S;
            var found = TableOf(request.TableName).Values
                .Where(item => item["room"].S == request.ExpressionAttributeValues[":room"].S
                    && string.CompareOrdinal(item["position"].S, request.ExpressionAttributeValues[":from"].S) >= 0
                    && string.CompareOrdinal(item["position"].S, request.ExpressionAttributeValues[":to"].S) <= 0
                    && (after is null || string.CompareOrdinal(item["position"].S, after) < 0))
                .OrderByDescending(item => item["position"].S, StringComparer.Ordinal)
                .ToList();
            var page = found.Take(request.Limit ?? int.MaxValue).ToList();
            Charge(RequestUnits.OfRead(page.Sum(RequestUnits.SizeOf), request.ConsistentRead == true));
            return request.ConsistentRead != true && IsStale()
                ? new QueryResponse()
                : new QueryResponse
                {
                    Items = page,
                    LastEvaluatedKey = page.Count == request.Limit ? new() { ["position"] = page[^1]["position"] } : null,
                };
        }, cancellationToken);

    public override Task<DescribeTableResponse> DescribeTableAsync(string tableName, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(DescribeTableAsync), tableName, IsWrite: false), () => new DescribeTableResponse
        {
            Table = new() { TableName = tableName, TableStatus = TableStatus.ACTIVE },
        }, cancellationToken);

    private async Task<TResponse> CallAsync<TResponse>(Call call, Func<TResponse> takeEffect, CancellationToken cancellation)
    {
        await OnCall(new(call, TookEffect: false)).WaitAsync(cancellation);
        var response = takeEffect();
        await OnCall(new(call, TookEffect: true)).WaitAsync(cancellation);
        return response;
    }

    private Dictionary<string, Dictionary<string, AttributeValue>> TableOf(string name)
    {
        if (!_tables.TryGetValue(name, out var table)) _tables[name] = table = [];
        return table;
    }

    private static string KeyOf(Dictionary<string, AttributeValue> item) =>
        string.Join('/', KeyNames.Where(item.ContainsKey).Select(name => item[name].S));

    private void Check(
        Dictionary<string, AttributeValue>? item,
        string? condition,
        Dictionary<string, string>? names,
        Dictionary<string, AttributeValue>? values,
        ReturnValuesOnConditionCheckFailure? onFailure)
    {
        if (Holds(condition, names, values, item)) return;
        throw new ConditionalCheckFailedException("The conditional request failed")
        {
            Item = onFailure == ReturnValuesOnConditionCheckFailure.ALL_OLD && item is not null && !IsSecretive() ? new(item) : null,
        };
    }

    private void Charge(double units) => Units += units;

    private void ChargeWrite(params Dictionary<string, AttributeValue>?[] versions) =>
        Charge(RequestUnits.OfWrite(versions.Max(RequestUnits.SizeOf)));

    // Only the forms that the registry uses; anything else must fail the test rather than pass unchecked.
    private static bool Holds(
        string? condition,
        Dictionary<string, string>? names,
        Dictionary<string, AttributeValue>? values,
        Dictionary<string, AttributeValue>? item)
    {
        return condition is null || condition.Split(" AND ").All(part => part.Split(" OR ").Any(TermHolds));

        bool TermHolds(string term) => term.Split([' ', '(', ')', ','], StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["attribute_not_exists", var name] => Find(name) is null,
            ["NOT", "attribute_type", var name, _] => Find(name) is not { N: not null },
            [var name, "=", var value] => Find(name) is { } found && DynamoDbJson.TextOf(found) == DynamoDbJson.TextOf(values![value]),
            [var name, "<=", var value] => Find(name) is { N: { } found } && Number(found) <= Number(values![value].N),
            [var name, ">", var value] => Find(name) is { N: { } found } && Number(found) > Number(values![value].N),
            _ => throw new NotSupportedException($"Condition not known here: {term}"),
        };

        static decimal Number(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

        AttributeValue? Find(string name) => item?.GetValueOrDefault(names?.GetValueOrDefault(name) ?? name);
    }
}

/// <param name="Operation">Of the SDK.</param>
/// <param name="Table">Its name.</param>
/// <param name="IsWrite">Whether it may change the table.</param>
internal sealed record Call(string Operation, string Table, bool IsWrite);

internal readonly record struct CallPoint(Call Call, bool TookEffect);
