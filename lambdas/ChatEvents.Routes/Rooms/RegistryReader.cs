using System.Globalization;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Reads the registry's tables of memberships and connections. <c>docs/rooms.md</c> explains why a route function may read them, and what
/// that costs.
/// </summary>
internal sealed class RegistryReader(Func<AwsClient> createClient, SpeakerCache speakers, RouteSettings settings, TimeProvider time)
{
    private static readonly string[] Optional = [RegistryTables.User, RegistryTables.Name, RegistryTables.Guest];

    // Created on first use: messages to everyone never need it.
    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Whether there is a membership. Consistent.</summary>
    public async Task<bool> IsMemberAsync(string room, string connectionId, CancellationToken answering)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        using var answer = await _dynamoDb.Value.GetItemAsync(
            settings.RoomsTable, [(RegistryTables.RoomShard, roomShard), (RegistryTables.ConnectionId, connectionId)], answering);
        if (!answer.RootElement.TryGetProperty("Item", out var row) || !(row.NumberOf(RegistryTables.TimeToLive) > Now)) return false;
        Remember(connectionId, row);
        return true;
    }

    /// <summary>What a connection speaks; null while there is no row. Eventually consistent, at half the price: it never changes.</summary>
    public async Task<Speaker?> FindSpeakerAsync(string connectionId, CancellationToken answering)
    {
        using var answer = await FindRowAsync(connectionId, json => WriteProjection(json, [.. Speaking]), answering, consistent: false);
        return answer.RootElement.TryGetProperty("Item", out var row) ? Remember(connectionId, row) : null;
    }

    /// <summary>The rooms that a connection has joined, sorted; null while there is no row. Consistent.</summary>
    public async Task<IReadOnlyList<string>?> FindRoomsAsync(string connectionId, CancellationToken answering)
    {
        using var answer = await FindRowAsync(
            connectionId, json => WriteProjection(json, [RegistryTables.JoinedRooms, .. Speaking]), answering);
        if (!answer.RootElement.TryGetProperty("Item", out var row)) return null;
        Remember(connectionId, row);
        return row.TryGetProperty(RegistryTables.JoinedRooms, out var rooms) && rooms.TryGetProperty("M", out var byRoom)
            ? [.. byRoom.EnumerateObject().Select(room => room.Name).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>What the row of a connection says of a room; null while there is no row. Consistent: the row is the truth.</summary>
    public async Task<RoomStanding?> FindStandingAsync(string room, string connectionId, CancellationToken answering)
    {
        using var answer = await FindRowAsync(
            connectionId,
            json =>
            {
                json.WriteString("ProjectionExpression", "#id, #joined.#room, #left.#room, #refused.#room, #order.#room, #dialect, #guest");
                json.WriteStartObject("ExpressionAttributeNames");
                json.WriteString("#id", RegistryTables.ConnectionId);
                json.WriteString("#joined", RegistryTables.JoinedRooms);
                json.WriteString("#left", RegistryTables.LeftRooms);
                json.WriteString("#refused", RegistryTables.RefusedRooms);
                json.WriteString("#order", RegistryTables.ChangeOrders);
                json.WriteString("#dialect", RegistryTables.Dialect);
                json.WriteString("#guest", RegistryTables.Guest);
                json.WriteString("#room", room);
                json.WriteEndObject();
            },
            answering);
        if (!answer.RootElement.TryGetProperty("Item", out var row)) return null;
        Remember(connectionId, row);

        var order = In(RegistryTables.ChangeOrders) ?? 0;
        if (In(RegistryTables.JoinedRooms) is { } joinedAt) return new(RoomState.Joined, joinedAt, order);
        if (In(RegistryTables.LeftRooms) is { } leftAt) return new(RoomState.Left, leftAt, order);
        return In(RegistryTables.RefusedRooms) is { } refusedAt ? new(RoomState.Refused, refusedAt, order) : RoomStanding.Never;

        long? In(string map) =>
            row.TryGetProperty(map, out var rooms) && rooms.TryGetProperty("M", out var byRoom) ? byRoom.NumberOf(room) : null;
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
        var rows = page.GetProperty("Items").EnumerateArray().ToLookup(MakesSense);
        return new MembersPage(
            [
                .. rows[true].Select(row => new MemberRow(
                    row.TextOf(RegistryTables.ConnectionId)!,
                    row.TextOf(RegistryTables.User),
                    row.TextOf(RegistryTables.Name),
                    row.TextOf(RegistryTables.Guest))),
            ],
            [.. rows[false].Select(row => row.TextOf(RegistryTables.ConnectionId) ?? "")],
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
        json.WriteText(":roomshard", roomShard);
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

    /// <summary>
    /// Whether every attribute is a text or absent. One that is neither is not the same as an absent one: who has no user id is listed by the
    /// id of the connection.
    /// </summary>
    private static bool MakesSense(JsonElement row) => row.TextOf(RegistryTables.ConnectionId) is not null
        && Optional.All(name => !row.TryGetProperty(name, out _) || row.TextOf(name) is not null);

    /// <summary>What of a row, or of its copy in a room, tells what the connection speaks. The id makes an item of a row that has neither.</summary>
    private static readonly string[] Speaking = [RegistryTables.ConnectionId, RegistryTables.Dialect, RegistryTables.Guest];

    private Speaker Remember(string connectionId, JsonElement row)
    {
        var speaker = new Speaker(Dialects.Read(row.TextOf(RegistryTables.Dialect)), row.TextOf(RegistryTables.Guest));
        speakers.Remember(connectionId, speaker);
        return speaker;
    }

    private Task<JsonDocument> FindRowAsync(
        string connectionId, Action<Utf8JsonWriter> project, CancellationToken answering, bool consistent = true) =>
        _dynamoDb.Value.GetItemAsync(
            settings.ConnectionsTable, [(RegistryTables.ConnectionId, connectionId)], answering, project, consistent);

    private static void WriteProjection(Utf8JsonWriter json, IReadOnlyList<string> attributes)
    {
        json.WriteString("ProjectionExpression", string.Join(", ", attributes.Select(attribute => $"#{attribute}")));
        json.WriteStartObject("ExpressionAttributeNames");
        foreach (var attribute in attributes) json.WriteString($"#{attribute}", attribute);
        json.WriteEndObject();
    }
}

/// <summary>A connection in a room, and its user where there is an authorizer.</summary>
internal sealed record MemberRow(string ConnectionId, string? User, string? Name, string? Guest);

/// <param name="Rows">The connections that were found.</param>
/// <param name="Senseless">The connections whose rows make no sense.</param>
/// <param name="RowsRead">How many rows were read to find them, expired ones included.</param>
/// <param name="Next">The key, as JSON, after which the next page begins; null after the last.</param>
internal sealed record MembersPage(IReadOnlyList<MemberRow> Rows, IReadOnlyList<string> Senseless, int RowsRead, string? Next);
