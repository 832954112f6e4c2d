using System.Globalization;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Reads the registry's tables of memberships and connections; the only class of this project that knows DynamoDB. <c>docs/rooms.md</c>
/// explains why a route function may read them, and what that costs.
/// </summary>
internal sealed class RegistryReader(Func<AwsClient> createClient, RouteSettings settings, TimeProvider time)
{
    // Created on first use: messages to everyone never need it.
    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Whether there is a membership. Consistent.</summary>
    public async Task<bool> IsMemberAsync(string room, string connectionId, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.CallAsync(
            "DynamoDB_20120810.GetItem",
            json =>
            {
                json.WriteString("TableName", settings.RoomsTable);
                json.WriteStartObject("Key");
                WriteText(json, RegistryTables.RoomShard, RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId)));
                WriteText(json, RegistryTables.ConnectionId, connectionId);
                json.WriteEndObject();
                json.WriteBoolean("ConsistentRead", true);
            },
            answering);
        return answer.RootElement.TryGetProperty("Item", out var row) && NumberOf(row.GetProperty(RegistryTables.TimeToLive)) > Now;
    }

    /// <summary>What the row of a connection says of a room; null while there is no row. Consistent: the row is the truth.</summary>
    public async Task<RoomStanding?> FindStandingAsync(string room, string connectionId, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.CallAsync(
            "DynamoDB_20120810.GetItem",
            json =>
            {
                json.WriteString("TableName", settings.ConnectionsTable);
                json.WriteStartObject("Key");
                WriteText(json, RegistryTables.ConnectionId, connectionId);
                json.WriteEndObject();
                json.WriteBoolean("ConsistentRead", true);
                json.WriteString("ProjectionExpression", "#id, #joined.#room, #left.#room, #refused.#room, #order.#room");
                json.WriteStartObject("ExpressionAttributeNames");
                json.WriteString("#id", RegistryTables.ConnectionId);
                json.WriteString("#joined", RegistryTables.JoinedRooms);
                json.WriteString("#left", RegistryTables.LeftRooms);
                json.WriteString("#refused", RegistryTables.RefusedRooms);
                json.WriteString("#order", RegistryTables.ChangeOrders);
                json.WriteString("#room", room);
                json.WriteEndObject();
            },
            answering);
        if (!answer.RootElement.TryGetProperty("Item", out var row)) return null;

        var order = In(RegistryTables.ChangeOrders) ?? 0;
        if (In(RegistryTables.JoinedRooms) is { } joinedAt) return new(RoomState.Joined, joinedAt, order);
        if (In(RegistryTables.LeftRooms) is { } leftAt) return new(RoomState.Left, leftAt, order);
        return In(RegistryTables.RefusedRooms) is { } refusedAt ? new(RoomState.Refused, refusedAt, order) : RoomStanding.Never;

        long? In(string map) =>
            row.TryGetProperty(map, out var rooms) && rooms.GetProperty("M").TryGetProperty(room, out var value) ? NumberOf(value) : null;
    }

    /// <summary>
    /// A page of the memberships of one shard. Eventually consistent, which halves its price; connections of the last second may be missing.
    /// </summary>
    /// <param name="roomShard">The partition to read.</param>
    /// <param name="after">The last key of the previous page, as JSON; null for the first page.</param>
    /// <param name="limit">The largest number of rows to read.</param>
    /// <param name="answering">Cancelled when an answer would come too late.</param>
    public async Task<MembersPage> ReadMembersAsync(string roomShard, string? after, int limit, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.CallAsync(
            "DynamoDB_20120810.Query", json => WriteQuery(json, roomShard, after, limit), answering);
        var page = answer.RootElement;
        return new MembersPage(
            [
                .. page.GetProperty("Items").EnumerateArray().Select(row => new MemberRow(
                    TextOf(row, RegistryTables.ConnectionId)!,
                    TextOf(row, RegistryTables.User),
                    TextOf(row, RegistryTables.Name),
                    TextOf(row, RegistryTables.Guest))),
            ],
            page.GetProperty("ScannedCount").GetInt32(),
            page.TryGetProperty("LastEvaluatedKey", out var last) ? last.GetRawText() : null);
    }

    private void WriteQuery(Utf8JsonWriter json, string roomShard, string? after, int limit)
    {
        json.WriteString("TableName", settings.RoomsTable);
        json.WriteString("KeyConditionExpression", "#roomshard = :roomshard");
        json.WriteString("FilterExpression", "#ttl > :now");
        json.WriteString("ProjectionExpression", "#id, #user, #name, #guest");
        json.WriteNumber("Limit", limit);
        json.WriteStartObject("ExpressionAttributeNames");
        json.WriteString("#roomshard", RegistryTables.RoomShard);
        json.WriteString("#ttl", RegistryTables.TimeToLive);
        json.WriteString("#id", RegistryTables.ConnectionId);
        json.WriteString("#user", RegistryTables.User);
        json.WriteString("#name", RegistryTables.Name);
        json.WriteString("#guest", RegistryTables.Guest);
        json.WriteEndObject();
        json.WriteStartObject("ExpressionAttributeValues");
        WriteText(json, ":roomshard", roomShard);
        json.WriteStartObject(":now");
        json.WriteString("N", Now.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndObject();
        if (after is not null)
        {
            json.WritePropertyName("ExclusiveStartKey");
            json.WriteRawValue(after);
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject(name);
        json.WriteString("S", value);
        json.WriteEndObject();
    }

    private static string? TextOf(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) ? value.GetProperty("S").GetString() : null;

    private static long NumberOf(JsonElement value) => long.Parse(value.GetProperty("N").GetString()!, CultureInfo.InvariantCulture);
}

/// <summary>A connection in a room, and its user where there is an authorizer.</summary>
internal sealed record MemberRow(string ConnectionId, string? User, string? Name, string? Guest);

/// <param name="Rows">The connections that were found.</param>
/// <param name="RowsRead">How many rows were read to find them, expired ones included.</param>
/// <param name="Next">The key, as JSON, after which the next page begins; null after the last.</param>
internal sealed record MembersPage(IReadOnlyList<MemberRow> Rows, int RowsRead, string? Next);
