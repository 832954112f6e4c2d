using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>The table of tombstones: connections that are closed for good. Only the registry uses it.</summary>
public sealed class ClosedTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names)
{
    /// <summary>By how much the clocks of workers may differ. AWS keeps them within milliseconds.</summary>
    private static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(1);

    private readonly TableSchema _table = names.ClosedTable;

    /// <summary>
    /// Whether there is a tombstone. An eventually consistent read costs half, and may miss a tombstone of the last second.
    /// </summary>
    public async Task<bool> ContainsAsync(string connectionId, bool consistent, CancellationToken cancellation) =>
        await batches.FindAsync(_table, KeyOf(connectionId), consistent, cancellation) is not null;

    public Task PutAsync(string connectionId, DateTimeOffset closedAt, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        batches.PutAsync(
            _table,
            new(KeyOf(connectionId))
            {
                [RegistryTables.ClosedAt] = NumberAttribute.OfMilliseconds(closedAt),
                [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(expiresAt),
            },
            cancellation);

    /// <summary>
    /// Takes the turn of a sweep for one interval; false if another worker has it. The turn is an item of this table, because only the
    /// registry uses it. No connection can have its key.
    /// </summary>
    public async Task<bool> TryTakeTurnAsync(string sweep, DateTimeOffset now, TimeSpan interval, CancellationToken cancellation)
    {
        return await ConditionalWrite.TryAsync(() => dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _table.Name,
                Item = new(KeyOf($"#{sweep}")) { [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(now + interval) },

                // A turn whose end is no time, or later than any that was taken, would be nobody's for ever.
                ConditionExpression =
                    $"attribute_not_exists({RegistryTables.ConnectionId}) OR #ttl <= :now OR #ttl > :last OR NOT attribute_type(#ttl, :number)",
                ExpressionAttributeNames = new() { ["#ttl"] = RegistryTables.TimeToLive },
                ExpressionAttributeValues = new()
                {
                    [":now"] = NumberAttribute.OfSeconds(now),
                    [":last"] = NumberAttribute.OfSeconds(now + interval + ClockMargin),
                    [":number"] = new("N"),
                },
            },
            cancellation));
    }

    private static Item KeyOf(string connectionId) => new() { [RegistryTables.ConnectionId] = new(connectionId) };
}
