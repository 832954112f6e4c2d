using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.FanOut.Tables;

internal static class BatchWrites
{
    private const int MaxItemsPerBatch = 25; // BatchWriteItem takes no more

    public static Task PutAsync(
        IAmazonDynamoDB dynamo, string table, IEnumerable<Dictionary<string, AttributeValue>> items, CancellationToken abandoning) =>
        WriteAsync(dynamo, table, items.Select(item => new WriteRequest(new PutRequest(item))), abandoning);

    public static Task DeleteAsync(
        IAmazonDynamoDB dynamo, string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken abandoning) =>
        WriteAsync(dynamo, table, keys.Select(key => new WriteRequest(new DeleteRequest(key))), abandoning);

    private static async Task WriteAsync(
        IAmazonDynamoDB dynamo, string table, IEnumerable<WriteRequest> writes, CancellationToken abandoning)
    {
        foreach (var chunk in writes.Chunk(MaxItemsPerBatch))
        {
            var unsaved = new Dictionary<string, List<WriteRequest>> { [table] = [.. chunk] };

            // DynamoDB hands back what it would have had to throttle; the SDK has waited before it answers.
            while (unsaved is { Count: > 0 })
            {
                unsaved = (await dynamo.BatchWriteItemAsync(new BatchWriteItemRequest(unsaved), abandoning)).UnprocessedItems;
            }
        }
    }
}
