using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Admin;

/// <summary>That a connection is in a room, as the fan-out worker sees it.</summary>
internal sealed record Membership(string Room, string ConnectionId, DateTimeOffset ConnectedAt, string CallbackEndpoint, string? User);

/// <summary>Reads the table of memberships: one room by its shards, or all of them by a scan. Expired rows are left out.</summary>
internal sealed class Memberships(IAmazonDynamoDB dynamoDb, string table, TimeProvider time)
{
    private const string IsAlive = "#ttl > :now";

    private static readonly Dictionary<string, string> TimeToLiveName = new() { ["#ttl"] = RegistryTables.TimeToLive };

    public async IAsyncEnumerable<Membership> ReadRoomAsync(string room, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var shard in Enumerable.Range(0, RegistryTables.ShardsPerRoom))
        {
            await foreach (var page in dynamoDb.Paginators.Query(QueryOf(room, shard)).Responses.WithCancellation(cancellation))
            {
                foreach (var item in page.Items ?? []) yield return MembershipOf(item);
            }
        }
    }

    /// <summary>How many members a room has; DynamoDB counts, no row is sent.</summary>
    public async Task<long> CountAsync(string room, CancellationToken cancellation)
    {
        var shards = await Task.WhenAll(Enumerable.Range(0, RegistryTables.ShardsPerRoom).Select(async shard =>
        {
            var query = QueryOf(room, shard);
            query.Select = Select.COUNT;
            var members = 0L;
            await foreach (var page in dynamoDb.Paginators.Query(query).Responses.WithCancellation(cancellation))
                members += page.Count ?? 0;
            return members;
        }));
        return shards.Sum();
    }

    /// <summary>Every room that somebody is in, by name, and how many are.</summary>
    public async Task<SortedDictionary<string, long>> CountRoomsAsync(CancellationToken cancellation)
    {
        var rooms = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var membership in ReadAllAsync(cancellation))
            rooms[membership.Room] = rooms.GetValueOrDefault(membership.Room) + 1;
        return rooms;
    }

    public async IAsyncEnumerable<Membership> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var scan = new ScanRequest
        {
            TableName = table,
            FilterExpression = IsAlive,
            ExpressionAttributeNames = TimeToLiveName,
            ExpressionAttributeValues = new() { [":now"] = Now() },
        };
        await foreach (var page in dynamoDb.Paginators.Scan(scan).Responses.WithCancellation(cancellation))
        {
            foreach (var item in page.Items ?? []) yield return MembershipOf(item);
        }
    }

    /// <summary>The membership as it is now, by a consistent read.</summary>
    public async Task<Membership?> FindAsync(string room, string connectionId, CancellationToken cancellation)
    {
        var found = await dynamoDb.GetItemAsync(
            new GetItemRequest
            {
                TableName = table,
                ConsistentRead = true,
                Key = new()
                {
                    [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId))),
                    [RegistryTables.ConnectionId] = new(connectionId),
                },
            },
            cancellation);
        return found.Item is { Count: > 0 } item ? MembershipOf(item) : null;
    }

    private QueryRequest QueryOf(string room, int shard) => new()
    {
        TableName = table,
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

    private static Membership MembershipOf(Dictionary<string, AttributeValue> item)
    {
        var roomShard = item[RegistryTables.RoomShard].S;
        return new(
            roomShard[..roomShard.LastIndexOf('#')],
            item[RegistryTables.ConnectionId].S,
            NumberAttribute.InstantIn(item[RegistryTables.ConnectedAt]),
            item[RegistryTables.CallbackEndpoint].S,
            item.GetValueOrDefault(RegistryTables.User)?.S);
    }
}
