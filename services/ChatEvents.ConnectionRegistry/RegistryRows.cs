using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Single reads and conditional single writes of the registry's three tables. No transactions: they cost double, and what must hold
/// together is held together by the order of steps in <see cref="ConnectionRegistry"/>.
/// </summary>
public sealed class RegistryRows(IAmazonDynamoDB dynamoDb, IOptions<RegistryOptions> options)
{
    private readonly RegistryOptions _tables = options.Value;

    /// <summary>Whether there is a tombstone. A look that is not consistent costs half, and may miss one of the last second.</summary>
    public async Task<bool> IsClosedAsync(string connectionId, bool consistent, CancellationToken cancellation)
    {
        var found = await dynamoDb.GetItemAsync(
            new GetItemRequest
            {
                TableName = _tables.ClosedTable,
                Key = RegistryItems.KeyOf(connectionId),
                ConsistentRead = consistent,
                ProjectionExpression = RegistryTables.ConnectionId,
            },
            cancellation);
        return found.Item is { Count: > 0 };
    }

    public Task PutTombstoneAsync(
        string connectionId, DateTimeOffset closedAt, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _tables.ClosedTable,
                Item = RegistryItems.TombstoneOf(connectionId, closedAt, expiresAt),
            },
            cancellation);

    public async Task<Connection?> FindAsync(string connectionId, CancellationToken cancellation)
    {
        var found = await dynamoDb.GetItemAsync(
            new GetItemRequest
            {
                TableName = _tables.ConnectionsTable,
                Key = RegistryItems.KeyOf(connectionId),
                ConsistentRead = true,
            },
            cancellation);
        return found.Item is { Count: > 0 } item ? RegistryItems.ToConnection(item) : null;
    }

    /// <returns>False when there is a row already; nothing is changed then.</returns>
    public Task<bool> TryAddAsync(Connection connection, CancellationToken cancellation) =>
        HoldsAsync(() => dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _tables.ConnectionsTable,
                Item = RegistryItems.Of(connection),
                ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId})",
            },
            cancellation));

    /// <returns>False when the row is no longer the one before <paramref name="connection"/>'s revision; nothing is changed then.</returns>
    public Task<bool> TryReplaceAsync(Connection connection, CancellationToken cancellation) =>
        HoldsAsync(() => dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _tables.ConnectionsTable,
                Item = RegistryItems.Of(connection),
                ConditionExpression = $"{RegistryTables.Revision} = :read",
                ExpressionAttributeValues = new() { [":read"] = RegistryItems.Number(connection.Revision - 1) },
            },
            cancellation));

    /// <returns>False when the row was changed since it was read; it is still there then.</returns>
    public Task<bool> TryRemoveAsync(Connection connection, CancellationToken cancellation) =>
        HoldsAsync(() => dynamoDb.DeleteItemAsync(
            new DeleteItemRequest
            {
                TableName = _tables.ConnectionsTable,
                Key = RegistryItems.KeyOf(connection.ConnectionId),
                ConditionExpression =
                    $"attribute_not_exists({RegistryTables.ConnectionId}) OR {RegistryTables.Revision} = :read",
                ExpressionAttributeValues = new() { [":read"] = RegistryItems.Number(connection.Revision) },
            },
            cancellation));

    public Task PutMembershipAsync(Connection connection, string room, CancellationToken cancellation) =>
        dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _tables.RoomsTable,
                Item = RegistryItems.MembershipOf(connection, room),
            },
            cancellation);

    public Task RemoveMembershipAsync(string connectionId, string room, CancellationToken cancellation) =>
        dynamoDb.DeleteItemAsync(
            new DeleteItemRequest
            {
                TableName = _tables.RoomsTable,
                Key = RegistryItems.MembershipKeyOf(connectionId, room),
            },
            cancellation);

    private static async Task<bool> HoldsAsync(Func<Task> conditionalWrite)
    {
        try
        {
            await conditionalWrite();
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }
}
