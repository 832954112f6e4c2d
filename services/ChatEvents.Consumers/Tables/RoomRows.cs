using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>The table of memberships for walks: reads page by page, as cheaply as possible.</summary>
public sealed class RoomRows(RoomRowsClient client, TableNames names, TimeProvider time, RowProblems problems)
{
    private static readonly Dictionary<string, string> AttributeNames = new()
    {
        ["#roomshard"] = RegistryTables.RoomShard,
        ["#ttl"] = RegistryTables.TimeToLive,
        ["#id"] = RegistryTables.ConnectionId,
        ["#endpoint"] = RegistryTables.CallbackEndpoint,
        ["#connectedat"] = RegistryTables.ConnectedAt,
        ["#joinedat"] = RegistryTables.JoinedAt,
        ["#dialect"] = RegistryTables.Dialect,
    };

    /// <param name="room">The room.</param>
    /// <param name="shard">One of its shards.</param>
    /// <param name="after">The connection after which the page begins; null for the first page.</param>
    /// <param name="limit">How many rows are read, including expired ones, which are not returned.</param>
    /// <param name="consistent">Whether the read is strongly consistent, at twice the price.</param>
    /// <param name="cancellation">Ends the read.</param>
    /// <returns>The rows that make sense.</returns>
    public async Task<RoomRowsResponse> ReadPageAsync(
        string room, int shard, string? after, int limit, bool consistent, CancellationToken cancellation)
    {
        var roomShard = new AttributeValue(RegistryTables.RoomShardOf(room, shard));
        var page = await client.QueryRowsAsync(
            new QueryRequest
            {
                TableName = names.Rooms,
                KeyConditionExpression = "#roomshard = :roomshard",
                FilterExpression = "#ttl > :now",
                ProjectionExpression = "#id, #endpoint, #connectedat, #joinedat, #dialect",
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
        DropImplausible(page);
        foreach (var (connectionId, problem) in page.Senseless ?? []) problems.Report(names.Rooms, $"{connectionId} in {room}", problem);
        return page;
    }

    /// <summary>A connection that begins in a year would be in its handshake until then, and its posts never given up.</summary>
    private void DropImplausible(RoomRowsResponse page)
    {
        var now = time.GetUtcNow();
        page.Rows.RemoveAll(row =>
        {
            if (PlausibleTime.IsValid(row.ConnectedAt, now) && (row.JoinedAt is not { } joinedAt || PlausibleTime.IsValid(joinedAt, now)))
                return false;
            (page.Senseless ??= []).Add((row.ConnectionId, $"{RegistryTables.ConnectedAt} or {RegistryTables.JoinedAt} is not {PlausibleTime.Rule}"));
            return true;
        });
    }
}
