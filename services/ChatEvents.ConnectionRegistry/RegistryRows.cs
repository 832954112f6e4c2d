using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry.Batching;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Reads and writes of the registry's three tables; what has no condition goes along with that of other events. No transactions: they
/// cost double, and what must hold together is held together by the order of steps in <see cref="ConnectionRegistry"/>.
/// </summary>
public sealed class RegistryRows(IAmazonDynamoDB dynamoDb, IOptions<RegistryOptions> options, TimeProvider time, Func<double> jitter)
{
    private const string SweepKey = "#sweep";

    /// <summary>A fraction of DynamoDB's 1 MB per page: a sweep is slow on purpose, and its rows should not grow old in memory.</summary>
    private const int RowsPerPage = 500;

    private readonly RegistryOptions _tables = options.Value;
    private readonly ItemBatches _batches = new(dynamoDb, time, jitter);

    /// <summary>Whether there is a tombstone. A look that is not consistent costs half, and may miss one of the last second.</summary>
    public async Task<bool> IsClosedAsync(string connectionId, bool consistent, CancellationToken cancellation) =>
        await _batches.FindAsync(_tables.ClosedTable, RegistryItems.KeyOf(connectionId), consistent, cancellation) is not null;

    public Task PutTombstoneAsync(
        string connectionId, DateTimeOffset closedAt, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        _batches.PutAsync(_tables.ClosedTable, RegistryItems.TombstoneOf(connectionId, closedAt, expiresAt), cancellation);

    public async Task<Connection?> FindAsync(string connectionId, CancellationToken cancellation) =>
        await _batches.FindAsync(_tables.ConnectionsTable, RegistryItems.KeyOf(connectionId), consistent: true, cancellation) is { } item
            ? RegistryItems.ToConnection(item)
            : null;

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
        _batches.PutAsync(_tables.RoomsTable, RegistryItems.MembershipOf(connection, room), cancellation);

    public Task RemoveMembershipAsync(string connectionId, string room, CancellationToken cancellation) =>
        _batches.DeleteAsync(_tables.RoomsTable, RegistryItems.MembershipKeyOf(connectionId, room), cancellation);

    /// <summary>All rows of connections opened before an instant, page by page; not consistent, so half the price.</summary>
    public async IAsyncEnumerable<Connection> ReadOpenedBeforeAsync(
        DateTimeOffset instant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await dynamoDb.ScanAsync(
                new ScanRequest
                {
                    TableName = _tables.ConnectionsTable,
                    FilterExpression = $"{RegistryTables.ConnectedAt} <= :instant",
                    ExpressionAttributeValues = new() { [":instant"] = RegistryItems.Milliseconds(instant) },
                    ExclusiveStartKey = after,
                    Limit = RowsPerPage,
                },
                cancellation);
            foreach (var item in page.Items ?? [])
                yield return RegistryItems.ToConnection(item);
            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });
    }

    /// <summary>
    /// Takes the turn of sweeping for one interval, whichever worker it is; false if it is taken. The turn is an item among the
    /// tombstones, because they are the registry's alone, under a key that no connection can have.
    /// </summary>
    public Task<bool> TryTakeSweepAsync(DateTimeOffset now, TimeSpan interval, CancellationToken cancellation) =>
        HoldsAsync(() => dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _tables.ClosedTable,
                Item = new()
                {
                    [RegistryTables.ConnectionId] = new(SweepKey),
                    [RegistryTables.TimeToLive] = RegistryItems.Number((now + interval).ToUnixTimeSeconds()),
                },
                ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId}) OR #ttl <= :now",
                ExpressionAttributeNames = new() { ["#ttl"] = RegistryTables.TimeToLive },
                ExpressionAttributeValues = new() { [":now"] = RegistryItems.Number(now.ToUnixTimeSeconds()) },
            },
            cancellation));

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
