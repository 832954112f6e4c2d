using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.FanOut.Tables;

/// <summary>Reads and writes many items of one table in as few calls as DynamoDB allows.</summary>
public sealed class TableBatches(IAmazonDynamoDB dynamo, TimeProvider time, Func<double> jitter)
{
    private const int MaxKeysPerRead = 100; // limit of BatchGetItem

    private const int MaxItemsPerWrite = 25; // limit of BatchWriteItem

    /// <summary>The items that exist, read with strong consistency, in any order.</summary>
    public async Task<List<Dictionary<string, AttributeValue>>> GetAsync(
        string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken abandoning)
    {
        var found = new List<Dictionary<string, AttributeValue>>();
        foreach (var chunk in keys.Chunk(MaxKeysPerRead))
        {
            await RepeatAsync<Dictionary<string, AttributeValue>>(
                [.. chunk],
                async unread =>
                {
                    var request = new BatchGetItemRequest(new() { [table] = new() { Keys = unread, ConsistentRead = true } });
                    var response = await dynamo.BatchGetItemAsync(request, abandoning);
                    found.AddRange(response.Responses?.GetValueOrDefault(table) ?? []);
                    return response.UnprocessedKeys?.GetValueOrDefault(table)?.Keys ?? [];
                },
                abandoning);
        }

        return found;
    }

    public Task PutAsync(string table, IEnumerable<Dictionary<string, AttributeValue>> items, CancellationToken abandoning) =>
        WriteAsync(table, items.Select(item => new WriteRequest(new PutRequest(item))), abandoning);

    public Task DeleteAsync(string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken abandoning) =>
        WriteAsync(table, keys.Select(key => new WriteRequest(new DeleteRequest(key))), abandoning);

    private async Task WriteAsync(string table, IEnumerable<WriteRequest> writes, CancellationToken abandoning)
    {
        foreach (var chunk in writes.Chunk(MaxItemsPerWrite))
        {
            await RepeatAsync<WriteRequest>(
                [.. chunk],
                async unsaved =>
                {
                    var response = await dynamo.BatchWriteItemAsync(new BatchWriteItemRequest(new() { [table] = unsaved }), abandoning);
                    return response.UnprocessedItems?.GetValueOrDefault(table) ?? [];
                },
                abandoning);
        }
    }

    /// <summary>
    /// Repeats a call for what it leaves unprocessed, after a pause that grows as long as nothing at all is processed.
    /// </summary>
    private async Task RepeatAsync<TItem>(List<TItem> items, Func<List<TItem>, Task<List<TItem>>> call, CancellationToken abandoning)
    {
        for (var attempt = 1; ; attempt++)
        {
            var left = await call(items);
            if (left.Count == 0)
                return;

            if (left.Count < items.Count)
                attempt = 1;
            await UnprocessedItems.PauseAsync(attempt, left.Count, time, jitter, abandoning);
            items = left;
        }
    }
}
