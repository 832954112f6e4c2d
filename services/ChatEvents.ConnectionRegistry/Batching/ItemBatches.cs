using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.ConnectionRegistry.Batching;

/// <summary>
/// Reads, and writes without a condition, of all events in hand, grouped into BatchGetItem and BatchWriteItem. That saves nothing of
/// what DynamoDB charges, but most of what calling it costs this worker: an SDK call takes a quarter of a millisecond of CPU.
/// </summary>
internal sealed class ItemBatches
{
    private const int MaxItemsPerWrite = 25;

    private const int MaxItemsPerRead = 100;

    private readonly IAmazonDynamoDB _dynamoDb;
    private readonly CallBatcher<TableWrite, bool> _writes;
    private readonly CallBatcher<TableKey, Item?> _reads;
    private readonly CallBatcher<TableKey, Item?> _consistentReads;

    public ItemBatches(IAmazonDynamoDB dynamoDb, TimeSpan linger, TimeProvider time, Func<double> jitter)
    {
        _dynamoDb = dynamoDb;
        _writes = new(MaxItemsPerWrite, WriteAsync, linger, time, jitter);
        _reads = new(MaxItemsPerRead, keys => ReadAsync(keys, consistent: false), linger, time, jitter);
        _consistentReads = new(MaxItemsPerRead, keys => ReadAsync(keys, consistent: true), linger, time, jitter);
    }

    public Task PutAsync(string table, Item item, CancellationToken cancellation) =>
        _writes.AskAsync(KeyOf(table, item), new(table, new(new PutRequest(item))), cancellation);

    public Task DeleteAsync(string table, Item key, CancellationToken cancellation) =>
        _writes.AskAsync(KeyOf(table, key), new(table, new(new DeleteRequest(key))), cancellation);

    public Task<Item?> FindAsync(string table, Item key, bool consistent, CancellationToken cancellation) =>
        (consistent ? _consistentReads : _reads).AskAsync(KeyOf(table, key), new(table, key), cancellation);

    private async Task<IReadOnlyDictionary<string, bool>> WriteAsync(IReadOnlyDictionary<string, TableWrite> writes)
    {
        var response = await _dynamoDb.BatchWriteItemAsync(new BatchWriteItemRequest
        {
            RequestItems = writes.Values.GroupBy(write => write.Table).ToDictionary(
                table => table.Key, table => table.Select(write => write.Request).ToList()),
        });
        var unprocessed = (response.UnprocessedItems ?? [])
            .SelectMany(table => table.Value.Select(write => KeyOf(table.Key, write.PutRequest?.Item ?? write.DeleteRequest.Key)))
            .ToHashSet(StringComparer.Ordinal);
        return writes.Keys.Where(key => !unprocessed.Contains(key)).ToDictionary(key => key, _ => true, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyDictionary<string, Item?>> ReadAsync(IReadOnlyDictionary<string, TableKey> keys, bool consistent)
    {
        var response = await _dynamoDb.BatchGetItemAsync(new BatchGetItemRequest
        {
            RequestItems = keys.Values.GroupBy(key => key.Table).ToDictionary(
                table => table.Key,
                table => new KeysAndAttributes { ConsistentRead = consistent, Keys = table.Select(key => key.Key).ToList() }),
        });
        var unprocessed = (response.UnprocessedKeys ?? [])
            .SelectMany(table => table.Value.Keys.Select(key => KeyOf(table.Key, key)))
            .ToHashSet(StringComparer.Ordinal);
        var found = (response.Responses ?? [])
            .SelectMany(table => table.Value.Select(item => KeyValuePair.Create(KeyOf(table.Key, item), item)))
            .ToDictionary(StringComparer.Ordinal);
        return keys.Keys.Where(key => !unprocessed.Contains(key)).ToDictionary(
            key => key, key => found.GetValueOrDefault(key), StringComparer.Ordinal);
    }

    private static string KeyOf(string table, Item item) =>
        $"{table}/{item.GetValueOrDefault(RegistryTables.RoomShard)?.S}/{item[RegistryTables.ConnectionId].S}";

    private sealed record TableWrite(string Table, WriteRequest Request);

    private sealed record TableKey(string Table, Item Key);
}
