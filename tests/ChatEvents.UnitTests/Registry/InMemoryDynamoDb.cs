using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// As much of DynamoDB as the registry asks for, in memory: single items and their conditions. Each call is one atomic step that
/// <see cref="OnCall"/> may hold back or make fail, which is how tests interleave workers and kill them between two writes.
/// </summary>
internal sealed class InMemoryDynamoDb() : AmazonDynamoDBClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    private static readonly string[] KeyNames = ["roomshard", "connectionid"];

    private readonly Dictionary<string, Dictionary<string, Dictionary<string, AttributeValue>>> _tables = [];

    /// <summary>Comes before and after each call takes effect; what it throws, the caller gets.</summary>
    public Func<CallPoint, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether the next read that does not ask for consistency misses what it looks for.</summary>
    public Func<bool> IsStale { get; set; } = () => false;

    public IEnumerable<Dictionary<string, AttributeValue>> ItemsOf(string table) => TableOf(table).Values;

    public void Clear(string table) => TableOf(table).Clear();

    public override Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(GetItemAsync), request.TableName, IsWrite: false), () => new GetItemResponse
        {
            Item = request.ConsistentRead == true || !IsStale()
                ? TableOf(request.TableName).GetValueOrDefault(KeyOf(request.Key))
                : null,
        });

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

    public override Task<DescribeTableResponse> DescribeTableAsync(string tableName, CancellationToken cancellationToken = default) =>
        CallAsync(new(nameof(DescribeTableAsync), tableName, IsWrite: false), () => new DescribeTableResponse
        {
            Table = new() { TableName = tableName, TableStatus = TableStatus.ACTIVE },
        });

    private async Task<TResponse> CallAsync<TResponse>(Call call, Func<TResponse> takeEffect)
    {
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

internal sealed record Call(string Operation, string Table, bool IsWrite);

internal readonly record struct CallPoint(Call Call, bool TookEffect);
