using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry.Batching;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

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
    private readonly ItemBatches _batches = new(dynamoDb, options.Value.BatchLinger, time, jitter);

    /// <summary>Whether there is a tombstone. A look that is not consistent costs half, and may miss one of the last second.</summary>
    public async Task<bool> IsClosedAsync(string connectionId, bool consistent, CancellationToken cancellation) =>
        await _batches.FindAsync(_tables.ClosedTable, RegistryItems.KeyOf(connectionId), consistent, cancellation) is not null;

    public Task PutTombstoneAsync(
        string connectionId, DateTimeOffset closedAt, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        _batches.PutAsync(_tables.ClosedTable, RegistryItems.TombstoneOf(connectionId, closedAt, expiresAt), cancellation);

    public async Task<Connection?> FindAsync(string connectionId, CancellationToken cancellation) =>
        ToRow(await _batches.FindAsync(_tables.ConnectionsTable, RegistryItems.KeyOf(connectionId), consistent: true, cancellation));

    /// <summary>Adds a row if there is none.</summary>
    public Task<RowWrite> TryAddAsync(Connection connection, CancellationToken cancellation) =>
        TryPutAsync(
            connection,
            new PutItemRequest { ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId})" },
            cancellation);

    /// <summary>Replaces a row if it is still the one before <paramref name="connection"/>'s revision.</summary>
    public Task<RowWrite> TryReplaceAsync(Connection connection, CancellationToken cancellation) =>
        TryPutAsync(
            connection,
            new PutItemRequest
            {
                ConditionExpression = $"{RegistryTables.Revision} = :read",
                ExpressionAttributeValues = new() { [":read"] = NumberAttribute.Of(connection.Revision - 1) },
            },
            cancellation);

    /// <summary>
    /// Removes a row if it is still <paramref name="asRead"/>; one that was not read, if it names no rooms beside everyone's, so that
    /// nothing is lost with it. No row at all is fine.
    /// </summary>
    public Task<RowWrite> TryRemoveAsync(string connectionId, Connection? asRead, CancellationToken cancellation) =>
        TryAsync(
            connectionId,
            async () =>
            {
                var request = new DeleteItemRequest
                {
                    TableName = _tables.ConnectionsTable,
                    Key = RegistryItems.KeyOf(connectionId),
                    ConditionExpression = $"attribute_not_exists({RegistryTables.JoinedRooms})",
                    ReturnValues = ReturnValue.ALL_OLD,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                };
                if (asRead is not null)
                {
                    request.ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId}) OR {RegistryTables.Revision} = :read";
                    request.ExpressionAttributeValues = new() { [":read"] = NumberAttribute.Of(asRead.Revision) };
                }

                return (await dynamoDb.DeleteItemAsync(request, cancellation)).Attributes;
            },
            cancellation);

    public Task PutMembershipAsync(Connection connection, string room, CancellationToken cancellation) =>
        _batches.PutAsync(_tables.RoomsTable, RegistryItems.MembershipOf(connection, room), cancellation);

    public Task RemoveMembershipAsync(string connectionId, string room, CancellationToken cancellation) =>
        _batches.DeleteAsync(_tables.RoomsTable, RegistryItems.MembershipKeyOf(connectionId, room), cancellation);

    /// <summary>All rows of connections opened before an instant, page by page; not consistent, so half the price.</summary>
    public async IAsyncEnumerable<Connection> ReadOpenedBeforeAsync(
        DateTimeOffset instant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Item? after = null;
        do
        {
            var page = await dynamoDb.ScanAsync(
                new ScanRequest
                {
                    TableName = _tables.ConnectionsTable,
                    FilterExpression = $"{RegistryTables.ConnectedAt} <= :instant",
                    ExpressionAttributeValues = new() { [":instant"] = NumberAttribute.OfMilliseconds(instant) },
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
    public async Task<bool> TryTakeSweepAsync(DateTimeOffset now, TimeSpan interval, CancellationToken cancellation)
    {
        try
        {
            await dynamoDb.PutItemAsync(
                new PutItemRequest
                {
                    TableName = _tables.ClosedTable,
                    Item = new()
                    {
                        [RegistryTables.ConnectionId] = new(SweepKey),
                        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(now + interval),
                    },
                    ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId}) OR #ttl <= :now",
                    ExpressionAttributeNames = new() { ["#ttl"] = RegistryTables.TimeToLive },
                    ExpressionAttributeValues = new() { [":now"] = NumberAttribute.OfSeconds(now) },
                },
                cancellation);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    private Task<RowWrite> TryPutAsync(Connection connection, PutItemRequest request, CancellationToken cancellation)
    {
        request.TableName = _tables.ConnectionsTable;
        request.Item = RegistryItems.Of(connection);
        request.ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD;
        return TryAsync(
            connection.ConnectionId,
            async () =>
            {
                await dynamoDb.PutItemAsync(request, cancellation);
                return null;
            },
            cancellation);
    }

    private async Task<RowWrite> TryAsync(string connectionId, Func<Task<Item?>> write, CancellationToken cancellation)
    {
        try
        {
            return new(IsDone: true, ToRow(await write()));
        }
        catch (ConditionalCheckFailedException failed)
        {
            // AWS sends the item along without a charge; an emulator that does not is asked once more.
            return new(IsDone: false, ToRow(failed.Item) ?? await FindAsync(connectionId, cancellation));
        }
    }

    private static Connection? ToRow(Item? item) => item is { Count: > 0 } ? RegistryItems.ToConnection(item) : null;
}

/// <summary>How a conditional write of a row ended.</summary>
/// <param name="IsDone">Whether the condition held; if not, nothing was changed.</param>
/// <param name="Row">The row that was removed, or that stood in the way; null if there is none, or none any more.</param>
public readonly record struct RowWrite(bool IsDone, Connection? Row);
