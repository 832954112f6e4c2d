using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.FanOut.Walks;

internal static class BatchWrites
{
    private const int MaxItemsPerBatch = 25; // BatchWriteItem takes no more

    public static async Task PutAsync(
        IAmazonDynamoDB dynamo, string table, IEnumerable<Dictionary<string, AttributeValue>> items, CancellationToken abandoning)
    {
        foreach (var chunk in items.Chunk(MaxItemsPerBatch))
        {
            var unsaved = new Dictionary<string, List<WriteRequest>>
            {
                [table] = [.. chunk.Select(item => new WriteRequest(new PutRequest(item)))],
            };

            // DynamoDB hands back what it would have had to throttle; the SDK has waited before it answers.
            while (unsaved is { Count: > 0 })
            {
                unsaved = (await dynamo.BatchWriteItemAsync(new BatchWriteItemRequest(unsaved), abandoning)).UnprocessedItems;
            }
        }
    }
}
