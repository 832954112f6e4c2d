using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>That a connection is in a room, with what a post to it needs.</summary>
/// <param name="Room">Its name.</param>
/// <param name="ConnectionId">Who is in it.</param>
/// <param name="CallbackEndpoint">Where posts to the connection go.</param>
/// <param name="ConnectedAt">When it was opened.</param>
/// <param name="JoinedAt">When it joined the room; null in <see cref="Contracts.Room.Everyone"/>, where that is the same.</param>
/// <param name="User">Null without an authorizer.</param>
public readonly record struct Membership(
    string Room, string ConnectionId, string CallbackEndpoint, DateTimeOffset ConnectedAt, DateTimeOffset? JoinedAt = null, string? User = null);

/// <summary>The table of memberships. Only the registry writes it. Readers never see expired rows, which DynamoDB deletes days late.</summary>
public sealed class RoomsTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time)
{
    private const string IsAlive = "#ttl > :now";

    private static readonly Dictionary<string, string> TimeToLiveName = new() { ["#ttl"] = RegistryTables.TimeToLive };

    private readonly TableSchema _table = names.RoomsTable;

    /// <summary>Puts a membership, which repeats what a post needs, so that a walk over a room reads nothing else.</summary>
    public Task PutAsync(ConnectionRow row, string room, CancellationToken cancellation)
    {
        var item = KeyOf(room, row.ConnectionId);
        ConnectionsTable.Describe(item, row);
        if (row.Rooms.TryGetValue(room, out var joined)) item[RegistryTables.JoinedAt] = NumberAttribute.OfMilliseconds(joined.At);
        return batches.PutAsync(_table, item, cancellation);
    }

    public Task RemoveAsync(string room, string connectionId, CancellationToken cancellation) =>
        batches.DeleteAsync(_table, KeyOf(room, connectionId), cancellation);

    /// <summary>Reads one membership consistently, be it expired or not.</summary>
    public async Task<Membership?> FindAsync(string room, string connectionId, CancellationToken cancellation) =>
        await batches.FindAsync(_table, KeyOf(room, connectionId), consistent: true, cancellation) is { } item ? MembershipIn(item) : null;

    public IAsyncEnumerable<Membership> ReadRoomAsync(string room, CancellationToken cancellation) =>
        Enumerable.Range(0, RegistryTables.ShardsPerRoom).ToAsyncEnumerable()
            .SelectMany(shard => MembershipsIn(
                dynamoDb.Paginators.Query(QueryOf(room, shard)).Responses.Select(page => page.Items), cancellation));

    /// <summary>All memberships, by a scan.</summary>
    public IAsyncEnumerable<Membership> ReadAllAsync(CancellationToken cancellation)
    {
        var scan = new ScanRequest
        {
            TableName = _table.Name,
            FilterExpression = IsAlive,
            ExpressionAttributeNames = TimeToLiveName,
            ExpressionAttributeValues = new() { [":now"] = Now() },
        };
        return MembershipsIn(dynamoDb.Paginators.Scan(scan).Responses.Select(page => page.Items), cancellation);
    }

    /// <summary>How many members a room has; DynamoDB counts, no row is sent.</summary>
    public async Task<long> CountAsync(string room, CancellationToken cancellation)
    {
        var shards = await Task.WhenAll(Enumerable.Range(0, RegistryTables.ShardsPerRoom).Select(async shard =>
        {
            var query = QueryOf(room, shard);
            query.Select = Select.COUNT;
            return await dynamoDb.Paginators.Query(query).Responses.Select(page => (long)(page.Count ?? 0)).SumAsync(cancellation);
        }));
        return shards.Sum();
    }

    private QueryRequest QueryOf(string room, int shard) => new()
    {
        TableName = _table.Name,
        KeyConditionExpression = $"{RegistryTables.RoomShard} = :roomshard",
        FilterExpression = IsAlive,
        ExpressionAttributeNames = TimeToLiveName,
        ExpressionAttributeValues = new()
        {
            [":roomshard"] = new(RegistryTables.RoomShardOf(room, shard)),
            [":now"] = Now(),
        },
    };

    private AttributeValue Now() => NumberAttribute.OfSeconds(time.GetUtcNow());

    private async IAsyncEnumerable<Membership> MembershipsIn(
        IAsyncEnumerable<List<Item>?> pages, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in pages.WithCancellation(cancellation))
        {
            foreach (var item in page ?? []) yield return MembershipIn(item);
        }
    }

    private Membership MembershipIn(Item item)
    {
        var membership = Read(item, out var problem);
        return problem is null
            ? membership
            : throw new SenselessRowException(_table.Name, $"{membership.ConnectionId} in {membership.Room}", problem);
    }

    /// <param name="item">As DynamoDB has it.</param>
    /// <param name="problem">Why the row makes no sense; null if it does.</param>
    private static Membership Read(Item item, out string? problem)
    {
        var reader = new ItemReader(item);
        var roomShard = reader.Text(RegistryTables.RoomShard);
        var membership = new Membership(
            roomShard[..Math.Max(0, roomShard.LastIndexOf('#'))],
            reader.Text(RegistryTables.ConnectionId),
            reader.Text(RegistryTables.CallbackEndpoint),
            reader.Instant(RegistryTables.ConnectedAt),
            reader.OptionalInstant(RegistryTables.JoinedAt),
            reader.OptionalText(RegistryTables.User));
        problem = reader.Problem;
        return membership;
    }

    private static Item KeyOf(string room, string connectionId) => new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId))),
        [RegistryTables.ConnectionId] = new(connectionId),
    };
}
