using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>The table of memberships for walks: reads page by page, as cheaply as possible.</summary>
public sealed class RoomRows(RoomRowsClient client, TableNames names, TimeProvider time)
{
    private static readonly Dictionary<string, string> AttributeNames = new()
    {
        ["#roomshard"] = RegistryTables.RoomShard,
        ["#ttl"] = RegistryTables.TimeToLive,
        ["#id"] = RegistryTables.ConnectionId,
        ["#endpoint"] = RegistryTables.CallbackEndpoint,
        ["#connectedat"] = RegistryTables.ConnectedAt,
        ["#joinedat"] = RegistryTables.JoinedAt,
    };

    /// <param name="room">The room.</param>
    /// <param name="shard">One of its shards.</param>
    /// <param name="after">The connection after which the page begins; null for the first page.</param>
    /// <param name="limit">How many rows are read, including expired ones, which are not returned.</param>
    /// <param name="consistent">Whether the read is strongly consistent, at twice the price.</param>
    /// <param name="cancellation">Ends the read.</param>
    public Task<RoomRowsResponse> ReadPageAsync(
        string room, int shard, string? after, int limit, bool consistent, CancellationToken cancellation)
    {
        var roomShard = new AttributeValue(RegistryTables.RoomShardOf(room, shard));
        return client.QueryRowsAsync(
            new QueryRequest
            {
                TableName = names.Rooms,
                KeyConditionExpression = "#roomshard = :roomshard",
                FilterExpression = "#ttl > :now",
                ProjectionExpression = "#id, #endpoint, #connectedat, #joinedat",
                ExpressionAttributeNames = AttributeNames,
                ExpressionAttributeValues = new()
                {
                    [":roomshard"] = roomShard,
                    [":now"] = NumberAttribute.OfSeconds(time.GetUtcNow()),
                },
                ExclusiveStartKey = after is null
                    ? null
                    : new() { [RegistryTables.RoomShard] = roomShard, [RegistryTables.ConnectionId] = new(after) },
                ConsistentRead = consistent,
                Limit = limit,
            },
            cancellation);
    }
}
