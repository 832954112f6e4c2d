using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.FanOut.Tables;

internal static class BatchReads
{
    private const int MaxKeysPerBatch = 100; // BatchGetItem takes no more

    /// <summary>What there is of the items, consistently read; their order is not kept.</summary>
    public static async Task<List<Dictionary<string, AttributeValue>>> GetAsync(
        IAmazonDynamoDB dynamo, string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken abandoning)
    {
        var found = new List<Dictionary<string, AttributeValue>>();
        foreach (var chunk in keys.Chunk(MaxKeysPerBatch))
        {
            var unread = new Dictionary<string, KeysAndAttributes> { [table] = new() { Keys = [.. chunk], ConsistentRead = true } };
            while (unread is { Count: > 0 })
            {
                var response = await dynamo.BatchGetItemAsync(new BatchGetItemRequest(unread), abandoning);
                found.AddRange(response.Responses?.GetValueOrDefault(table) ?? []);
                unread = response.UnprocessedKeys;
            }
        }

        return found;
    }
}
