using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Creates the table of progress where no deployment does: on a laptop and in tests. A table that exists is left as it is. Without a
/// TTL: emulators know none, and the deployment sets it on AWS.
/// </summary>
public static class ProgressTableSetup
{
    public static async Task EnsureTableAsync(IAmazonDynamoDB dynamo, string table, CancellationToken cancellation)
    {
        try
        {
            await dynamo.CreateTableAsync(
                new CreateTableRequest
                {
                    TableName = table,
                    KeySchema = [new(ProgressSchema.MessageId, KeyType.HASH)],
                    AttributeDefinitions = [new(ProgressSchema.MessageId, ScalarAttributeType.S)],
                    BillingMode = BillingMode.PAY_PER_REQUEST,
                },
                cancellation);
        }
        catch (ResourceInUseException)
        {
            // It exists; that is all that was wanted.
        }
    }
}
