using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>The membership of a connection in a room, with everything that a post needs.</summary>
/// <param name="ConnectionId">The connection.</param>
/// <param name="CallbackEndpoint">Where posts to the connection go.</param>
/// <param name="ConnectedAt">When it was opened.</param>
/// <param name="JoinedAt">When it joined the room; null in <see cref="Room.Everyone"/>, where that is the same.</param>
/// <param name="User">Null for guests, without an authorizer, and where it was not asked for.</param>
public readonly record struct Membership(
    string ConnectionId, string CallbackEndpoint, DateTimeOffset ConnectedAt, DateTimeOffset? JoinedAt = null, string? User = null)
{
    public string? Name { get; init; }

    public string? Guest { get; init; }

    public string? Role { get; init; }

    public DateTimeOffset? TokenExpiresAt { get; init; }

    public Dialect Dialect { get; init; }
}

/// <summary>
/// The table of memberships. Only the registry writes it. Reads of many rows skip expired ones, which DynamoDB may delete days late. The
/// walks of the fan-out use <see cref="RoomRows"/>.
/// </summary>
public sealed class RoomsTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time, RowProblems problems)
{
    private const string IsAlive = "#ttl > :now";

    private static readonly Dictionary<string, string> TimeToLiveName = new() { ["#ttl"] = RegistryTables.TimeToLive };

    private readonly TableSchema _table = names.RoomsTable;

    /// <summary>Puts a membership. It has everything that a post needs, so that a walk over a room reads nothing else.</summary>
    public Task PutAsync(ConnectionRow row, string room, CancellationToken cancellation)
    {
        var item = KeyOf(room, row.ConnectionId);
        ConnectionsTable.Describe(item, row);
        if (row.Rooms.TryGetValue(room, out var joined)) item[RegistryTables.JoinedAt] = NumberAttribute.OfMilliseconds(joined.At);
        return batches.PutAsync(_table, item, cancellation);
    }

    public Task RemoveAsync(string room, string connectionId, CancellationToken cancellation) =>
        batches.DeleteAsync(_table, KeyOf(room, connectionId), cancellation);

    /// <summary>Reads one membership consistently, expired or not.</summary>
    public async Task<Membership?> FindAsync(string room, string connectionId, CancellationToken cancellation) =>
        await batches.FindAsync(_table, KeyOf(room, connectionId), consistent: true, cancellation) is { } item
            ? MembershipIn(item)?.Membership
            : null;

    /// <summary>Reads the memberships of some connections consistently, expired or not, in any order.</summary>
    public async Task<IReadOnlyList<Membership>> FindAllAsync(
        string room, IEnumerable<string> connectionIds, CancellationToken cancellation) =>
        (await batches.FindAllAsync(_table, connectionIds.Select(id => KeyOf(room, id)), cancellation))
            .Select(MembershipIn).OfType<(string Room, Membership Membership)>().Select(found => found.Membership).ToList();

    public IAsyncEnumerable<Membership> ReadRoomAsync(string room, CancellationToken cancellation) =>
        Enumerable.Range(0, RegistryTables.ShardsPerRoom).ToAsyncEnumerable()
            .SelectMany(shard => MembershipsIn(
                dynamoDb.Paginators.Query(QueryOf(room, shard)).Responses.Select(page => page.Items), cancellation))
            .Select(found => found.Membership);

    /// <summary>All memberships, by a scan.</summary>
    public IAsyncEnumerable<(string Room, Membership Membership)> ReadAllAsync(CancellationToken cancellation)
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

    /// <summary>How many members a room has. DynamoDB counts; no rows are transferred.</summary>
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

    private async IAsyncEnumerable<(string Room, Membership Membership)> MembershipsIn(
        IAsyncEnumerable<List<Item>?> pages, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in pages.WithCancellation(cancellation))
        {
            foreach (var item in page ?? [])
            {
                if (MembershipIn(item) is { } found) yield return found;
            }

        }
    }

    /// <returns>Null for a row that makes no sense.</returns>
    private (string Room, Membership Membership)? MembershipIn(Item item)
    {
        var (room, membership) = Read(item, time.GetUtcNow(), out var problem);
        if (problem is null) return (room, membership);
        problems.Report(_table.Name, $"{membership.ConnectionId} in {room}", problem);
        return null;
    }

    /// <param name="item">The item of DynamoDB.</param>
    /// <param name="now">The clock.</param>
    /// <param name="problem">Why the row makes no sense; null if it does.</param>
    private static (string Room, Membership Membership) Read(Item item, DateTimeOffset now, out string? problem)
    {
        var reader = new ItemReader(item, now);
        var roomShard = reader.Text(RegistryTables.RoomShard);
        var membership = new Membership(
            reader.Id(RegistryTables.ConnectionId),
            reader.Endpoint(RegistryTables.CallbackEndpoint),
            reader.Past(RegistryTables.ConnectedAt),
            reader.OptionalPast(RegistryTables.JoinedAt),
            reader.OptionalText(RegistryTables.User))
        {
            Name = reader.OptionalText(RegistryTables.Name),
            Guest = reader.OptionalText(RegistryTables.Guest),
            Role = reader.OptionalText(RegistryTables.Role),
            TokenExpiresAt = reader.OptionalInstant(RegistryTables.TokenExpiresAt),
            Dialect = Dialects.Read(reader.OptionalText(RegistryTables.Dialect)),
        };
        reader.Require(roomShard.LastIndexOf('#') is var end && end >= 0 && Room.IsAddress(roomShard[..end]), RegistryTables.RoomShard, "is of no room");
        problem = reader.Problem;
        return (roomShard[..Math.Max(0, roomShard.LastIndexOf('#'))], membership);
    }

    private static Item KeyOf(string room, string connectionId) => new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId))),
        [RegistryTables.ConnectionId] = new(connectionId),
    };
}
