using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// As much of DynamoDB as the registry asks for, in memory: single items, their conditions, and batches. Each item is one atomic step
/// that <see cref="OnCall"/> may hold back or make fail, which is how tests interleave workers and kill them between two writes.
/// </summary>
internal sealed class InMemoryDynamoDb() : AmazonDynamoDBClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    private static readonly string[] KeyNames = ["roomshard", "connectionid", "room", "position"];

    private readonly Dictionary<string, Dictionary<string, Dictionary<string, AttributeValue>>> _tables = [];

    /// <summary>Comes before and after each item is read or written; what it throws, the caller gets.</summary>
    public Func<CallPoint, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    /// <summary>What DynamoDB would have charged so far, reads and writes together.</summary>
    public double Units { get; private set; }

    /// <summary>Whether the next read that does not ask for consistency misses what it looks for.</summary>
    public Func<bool> IsStale { get; set; } = () => false;

    public IEnumerable<Dictionary<string, AttributeValue>> ItemsOf(string table) => TableOf(table).Values;

    public void Clear(string table) => TableOf(table).Clear();

    /// <summary>Whether the next item of a batch is left unprocessed.</summary>
    public Func<bool> IsThrottled { get; set; } = () => false;

    public override async Task<BatchGetItemResponse> BatchGetItemAsync(
        BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        var response = new BatchGetItemResponse { Responses = [], UnprocessedKeys = [] };
        foreach (var (table, keys) in request.RequestItems)
        {
            foreach (var key in keys.Keys)
            {
                if (IsThrottled())
                {
                    response.UnprocessedKeys.TryAdd(table, new() { Keys = [] });
                    response.UnprocessedKeys[table].Keys.Add(key);
                    continue;
                }

                var isStale = keys.ConsistentRead != true && IsStale();
                var item = await CallAsync(
                    new(nameof(BatchGetItemAsync), table, IsWrite: false, Units: keys.ConsistentRead == true ? 1 : 0.5),
                    () => isStale ? null : TableOf(table).GetValueOrDefault(KeyOf(key)));
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
                    if (write.PutRequest is { } put) TableOf(table)[key] = new(put.Item);
                    else TableOf(table).Remove(key);
                    return key;
                });
            }
        }

        return response;
    }

    public override Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(PutItemAsync), request.TableName, IsWrite: true), () =>
        {
            var table = TableOf(request.TableName);
            var key = KeyOf(request.Item);
            Check(
                request.ConditionExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues, table.GetValueOrDefault(key));
            table[key] = new(request.Item);
            return new PutItemResponse();
        });

    public override Task<DeleteItemResponse> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(DeleteItemAsync), request.TableName, IsWrite: true), () =>
        {
            var table = TableOf(request.TableName);
            var key = KeyOf(request.Key);
            Check(
                request.ConditionExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues, table.GetValueOrDefault(key));
            table.Remove(key);
            return new DeleteItemResponse();
        });

    public override Task<ScanResponse> ScanAsync(ScanRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(ScanAsync), request.TableName, IsWrite: false), () => new ScanResponse
        {
            Items = [.. TableOf(request.TableName).Values.Where(item => Holds(
                request.FilterExpression, request.ExpressionAttributeNames, request.ExpressionAttributeValues, item))],
        });

    /// <summary>As the table of recent messages is queried: of a room, from a position on, filtered by the time of posting.</summary>
    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(QueryAsync), request.TableName, IsWrite: false), () => new QueryResponse
        {
            Items = request.ConsistentRead != true && IsStale()
                ? null
                : [.. TableOf(request.TableName).Values.Where(item =>
                    item["room"].S == request.ExpressionAttributeValues[":room"].S
                    && string.CompareOrdinal(item["position"].S, request.ExpressionAttributeValues[":from"].S) >= 0
                    && long.Parse(item["postedat"].N) >= long.Parse(request.ExpressionAttributeValues[":since"].N))],
        });

    public override Task<DescribeTableResponse> DescribeTableAsync(string tableName, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(DescribeTableAsync), tableName, IsWrite: false), () => new DescribeTableResponse
        {
            Table = new() { TableName = tableName, TableStatus = TableStatus.ACTIVE },
        });

    private async Task<TResponse> CallAsync<TResponse>(Call call, Func<TResponse> takeEffect)
    {
        Units += call.Units;
        await OnCall(new(call, TookEffect: false));
        var response = takeEffect();
        await OnCall(new(call, TookEffect: true));
        return response;
    }

    private Dictionary<string, Dictionary<string, AttributeValue>> TableOf(string name)
    {
        if (!_tables.TryGetValue(name, out var table)) _tables[name] = table = [];
        return table;
    }

    private static string KeyOf(Dictionary<string, AttributeValue> item) =>
        string.Join('/', KeyNames.Where(item.ContainsKey).Select(name => item[name].S));

    private static void Check(
        string? condition,
        Dictionary<string, string>? names,
        Dictionary<string, AttributeValue>? values,
        Dictionary<string, AttributeValue>? item)
    {
        if (!Holds(condition, names, values, item)) throw new ConditionalCheckFailedException("The conditional request failed");
    }

    // Only the forms that the registry uses; anything else must fail the test rather than pass unchecked.
    private static bool Holds(
        string? condition,
        Dictionary<string, string>? names,
        Dictionary<string, AttributeValue>? values,
        Dictionary<string, AttributeValue>? item)
    {
        return condition is null || condition.Split(" OR ").Any(TermHolds);

        bool TermHolds(string term) => term.Split([' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["attribute_not_exists", var name] => Find(name) is null,
            [var name, "=", var value] => Find(name) is { } found && found.N == values![value].N,
            [var name, "<=", var value] => Find(name) is { } found && long.Parse(found.N) <= long.Parse(values![value].N),
            _ => throw new NotSupportedException($"Condition not known here: {term}"),
        };

        AttributeValue? Find(string name) => item?.GetValueOrDefault(names?.GetValueOrDefault(name) ?? name);
    }
}

/// <param name="Operation">Of the SDK.</param>
/// <param name="Table">Its name.</param>
/// <param name="IsWrite">Whether it may change the table.</param>
/// <param name="Units">What DynamoDB charges for an item of up to 1 KB.</param>
internal sealed record Call(string Operation, string Table, bool IsWrite, double Units = 1);

internal readonly record struct CallPoint(Call Call, bool TookEffect);
