using Amazon.DynamoDBv2.Model;

namespace ChatEvents.Consumers.Tables;

/// <summary>A write that DynamoDB makes only if its condition holds.</summary>
internal static class ConditionalWrite
{
    /// <returns>Whether the condition held; if not, nothing was changed.</returns>
    public static async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }
}
