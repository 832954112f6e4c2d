using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Reads and unconditional writes by BatchGetItem and BatchWriteItem. Single items of all callers share calls. That does not change what
/// DynamoDB charges, but saves CPU: an SDK call takes a quarter of a millisecond. Items that a throttled DynamoDB leaves unprocessed are
/// requested again; the response has status 200, so the SDK does not retry them.
/// </summary>
public sealed class ItemBatches
{
    /// <summary>Limit of BatchWriteItem.</summary>
    private const int MaxItemsPerWrite = 25;

    /// <summary>Limit of BatchGetItem.</summary>
    private const int MaxItemsPerRead = 100;

    /// <summary>Two, so that one slow or throttled call does not block everything. Otherwise arbitrary.</summary>
    private const int CallsAtOnce = 2;

    /// <summary>How often a call is repeated while no item is processed. Eight attempts take about six seconds. Arbitrary.</summary>
    private const int MaxAttempts = 8;

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50));

    private readonly IAmazonDynamoDB _dynamoDb;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly Batcher<TableWrite, bool> _writes;
    private readonly Batcher<TableKey, Item?> _reads;
    private readonly Batcher<TableKey, Item?> _consistentReads;

    /// <param name="dynamoDb">The client.</param>
    /// <param name="linger">The minimum time between two calls for single items, except for full ones.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">From 0 to 1.</param>
    public ItemBatches(IAmazonDynamoDB dynamoDb, TimeSpan linger, TimeProvider time, Func<double> jitter)
    {
        (_dynamoDb, _time, _jitter) = (dynamoDb, time, jitter);
        _writes = new(Limits(MaxItemsPerWrite), batch => WriteAsync(batch), time, write => write.Key);
        _reads = new(Limits(MaxItemsPerRead), batch => ReadAsync(batch, consistent: false), time, key => key.Key);
        _consistentReads = new(Limits(MaxItemsPerRead), batch => ReadAsync(batch, consistent: true), time, key => key.Key);

        BatchLimits Limits(int maxItems) => new(maxItems, CallsAtOnce, linger, Lingering.AfterCall);
    }

    public Task PutAsync(TableSchema table, Item item, CancellationToken cancellation) =>
        _writes.AskAsync(TableWrite.Put(table, item), cancellation);

    public Task DeleteAsync(TableSchema table, Item key, CancellationToken cancellation) =>
        _writes.AskAsync(TableWrite.Delete(table, key), cancellation);

    public Task<Item?> FindAsync(TableSchema table, Item key, bool consistent, CancellationToken cancellation) =>
        (consistent ? _consistentReads : _reads).AskAsync(new(table, key), cancellation);

    /// <summary>Puts many items of one caller, in separate calls.</summary>
    public Task PutAllAsync(TableSchema table, IEnumerable<Item> items, CancellationToken cancellation) =>
        WriteAllAsync(items.Select(item => TableWrite.Put(table, item)), cancellation);

    /// <inheritdoc cref="PutAllAsync"/>
    public Task DeleteAllAsync(TableSchema table, IEnumerable<Item> keys, CancellationToken cancellation) =>
        WriteAllAsync(keys.Select(key => TableWrite.Delete(table, key)), cancellation);

    /// <summary>The items that exist, read consistently, in the order of their keys.</summary>
    public async Task<List<Item>> FindAllAsync(TableSchema table, IEnumerable<Item> keys, CancellationToken cancellation)
    {
        var found = new List<Item>();
        foreach (var chunk in keys.Chunk(MaxItemsPerRead))
        {
            var batch = chunk.Select(key => new BatchedRequest<TableKey, Item?>(new(table, key))).ToList();
            await ReadAsync(batch, consistent: true, cancellation);
            found.AddRange((await Task.WhenAll(batch.Select(read => read.Answered))).OfType<Item>());
        }

        return found;
    }

    private async Task WriteAllAsync(IEnumerable<TableWrite> writes, CancellationToken cancellation)
    {
        foreach (var chunk in writes.Chunk(MaxItemsPerWrite))
        {
            var batch = chunk.Select(write => new BatchedRequest<TableWrite, bool>(write)).ToList();
            await WriteAsync(batch, cancellation);
            await Task.WhenAll(batch.Select(write => write.Answered));
        }
    }

    private Task WriteAsync(IReadOnlyList<BatchedRequest<TableWrite, bool>> batch, CancellationToken cancellation = default) => RepeatAsync(
        batch,
        async open =>
        {
            var request = new BatchWriteItemRequest(open.GroupBy(write => write.Request.Table.Name).ToDictionary(
                table => table.Key, table => table.Select(write => write.Request.Request).ToList()));
            var response = await _dynamoDb.BatchWriteItemAsync(request, cancellation);

            // DynamoDB returns unprocessed requests by value, so they are matched by key.
            var schemas = open.Select(write => write.Request.Table).Distinct().ToDictionary(table => table.Name);
            var unprocessed = (response.UnprocessedItems ?? [])
                .SelectMany(table => table.Value.Select(write => schemas[table.Key].TextOfKey(write.PutRequest?.Item ?? write.DeleteRequest.Key)))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var write in open.Where(write => !unprocessed.Contains(write.Request.Key))) write.Answer(true);
        },
        cancellation);

    private Task ReadAsync(
        IReadOnlyList<BatchedRequest<TableKey, Item?>> batch, bool consistent, CancellationToken cancellation = default) => RepeatAsync(
        batch,
        async open =>
        {
            var request = new BatchGetItemRequest(open.GroupBy(key => key.Request.Table.Name).ToDictionary(
                table => table.Key,
                table => new KeysAndAttributes { ConsistentRead = consistent, Keys = table.Select(key => key.Request.Item).ToList() }));
            var response = await _dynamoDb.BatchGetItemAsync(request, cancellation);

            var schemas = open.Select(key => key.Request.Table).Distinct().ToDictionary(table => table.Name);
            var unprocessed = (response.UnprocessedKeys ?? [])
                .SelectMany(table => table.Value.Keys.Select(schemas[table.Key].TextOfKey))
                .ToHashSet(StringComparer.Ordinal);
            var found = (response.Responses ?? [])
                .SelectMany(table => table.Value.Select(item => KeyValuePair.Create(schemas[table.Key].TextOfKey(item), item)))
                .ToDictionary(StringComparer.Ordinal);
            foreach (var key in open.Where(key => !unprocessed.Contains(key.Request.Key)))
                key.Answer(found.GetValueOrDefault(key.Request.Key));
        },
        cancellation);

    /// <summary>
    /// Repeats a call for the requests that it leaves unanswered, after a pause that grows while none is answered. Never throws: it fails
    /// the requests instead.
    /// </summary>
    private async Task RepeatAsync<TRequest, TAnswer>(
        IReadOnlyList<BatchedRequest<TRequest, TAnswer>> batch,
        Func<IReadOnlyList<BatchedRequest<TRequest, TAnswer>>, Task> call,
        CancellationToken cancellation)
    {
        var open = batch;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                await call(open);
                var left = open.Where(request => !request.Answered.IsCompleted).ToList();
                if (left.Count == 0) return;
                if (left.Count < open.Count) attempt = 1;
                if (attempt == MaxAttempts)
                    throw new ProvisionedThroughputExceededException($"DynamoDB left {left.Count} items unprocessed {attempt} times.");

                await Task.Delay(Backoff.After(attempt, _jitter), _time, cancellation);
                open = left;
            }
        }
        catch (AmazonDynamoDBException invalid) when (invalid.ErrorCode == "ValidationException" && open.Count > 1)
        {
            // DynamoDB refuses the whole call for one bad request. Sent one by one, each gets its own answer.
            foreach (var request in open) await RepeatAsync([request], call, cancellation);
        }
        catch (Exception failure)
        {
            foreach (var request in open) request.Fail(failure);
        }
    }

    private sealed record TableKey(TableSchema Table, Item Item)
    {
        public string Key { get; } = Table.TextOfKey(Item);
    }

    private sealed record TableWrite(TableSchema Table, string Key, WriteRequest Request)
    {
        public static TableWrite Put(TableSchema table, Item item) => new(table, table.TextOfKey(item), new(new PutRequest(item)));

        public static TableWrite Delete(TableSchema table, Item key) => new(table, table.TextOfKey(key), new(new DeleteRequest(key)));
    }
}
