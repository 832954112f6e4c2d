using System.Globalization;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Reads the registry's tables of memberships and connections; the only class of this project that knows DynamoDB. <c>docs/rooms.md</c>
/// explains why a route function may read them, and what that costs.
/// </summary>
internal sealed class RoomMembers(Func<AwsClient> createClient, RouteSettings settings, TimeProvider time)
{
    /// <summary>
    /// How many rows of each shard are read to list the members of a room; 20,000 in all. Arbitrary: about as many as a function can read
    /// while a person waits.
    /// </summary>
    private const int MaxRowsPerShard = 20_000 / RegistryTables.ShardsPerRoom;

    /// <summary>The pause before the next look for something that the registry may be about to write; doubled each time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long after its handshake a connection may be in a room that the registry has not written yet, because it named the room in the
    /// handshake. Arbitrary, and far more than a registry without a backlog needs. Later joins are answered only when they are written,
    /// so an older connection knows every room that it is in.
    /// </summary>
    private static readonly TimeSpan YoungFor = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest wait for an older connection: its client may have sent a join just before, without waiting for the answer. It is short
    /// because a waiting call blocks an execution environment that others need.
    /// </summary>
    private static readonly TimeSpan PatienceWithOlder = TimeSpan.FromMilliseconds(250);

    // Created on first use: messages to everyone never need it.
    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>
    /// Returns if the connection that sent a frame is in the room. The registry may not have written a recently accepted join yet, so a
    /// missing membership is waited for before it is denied.
    /// </summary>
    /// <exception cref="BadFrameException">The connection is not in the room.</exception>
    public async Task RequireAsync(string room, RouteRequestContext sender, CancellationToken answering)
    {
        if (room == Room.Everyone)
        {
            return;
        }

        var connectionId = sender.RequiredConnectionId;
        if (!await SeeAsync(() => IsInAsync(room, connectionId, answering), notYet: false, PatienceWith(sender), answering))
        {
            throw new BadFrameException(
                $"You are not in the room {Quote.Of(room)}.", $$"""{"action":"{{Actions.Join}}","room":"{{room}}"}""");
        }
    }

    /// <summary>
    /// Returns when the registry has written a join. If that takes too long, the join is assumed to succeed: nearly always it will be
    /// written, and a client that is not a member after all is told so when it posts.
    /// </summary>
    /// <exception cref="BadFrameException">The registry has refused the join.</exception>
    public async Task RequireTakenAsync(MembershipChanged join, CancellationToken answering)
    {
        // Reading the row too early only makes the wait longer.
        await Task.Delay(FirstPause < settings.MembershipPatience ? FirstPause : settings.MembershipPatience, time, answering);
        if (await SeeAsync(() => IsTakenAsync(join, answering), notYet: null, settings.MembershipPatience, answering) == false)
        {
            throw new BadFrameException(
                $"You are in {Room.MaxPerConnection} rooms, the most that are allowed; leave one before you join {Quote.Of(join.Room)}.");
        }
    }

    /// <summary>
    /// The members of a room, in no particular order. The read is eventually consistent, which halves its price; connections of the last
    /// second may be missing.
    /// </summary>
    public async Task<MembersRead> ReadAsync(string room, CancellationToken answering)
    {
        var shards = await Task.WhenAll(
            Enumerable.Range(0, RegistryTables.ShardsPerRoom).Select(shard => ReadShardAsync(room, shard, answering)));
        return new MembersRead([.. shards.SelectMany(shard => shard.Rows)], shards.Any(shard => shard.HasMore));
    }

    private TimeSpan PatienceWith(RouteRequestContext sender) =>
        sender.RequiredRequestTime - sender.RequiredConnectedAt < YoungFor || settings.MembershipPatience < PatienceWithOlder
            ? settings.MembershipPatience
            : PatienceWithOlder;

    /// <summary>Looks repeatedly until the answer is not <paramref name="notYet"/>, or patience is over.</summary>
    private async Task<TAnswer> SeeAsync<TAnswer>(
        Func<Task<TAnswer>> look, TAnswer notYet, TimeSpan patience, CancellationToken answering)
    {
        // Patience is counted from the first answer, which can take longer than all of it: a new environment has to connect first.
        var answer = await look();
        var firstAnsweredAt = time.GetTimestamp();
        var left = patience;
        for (var pause = FirstPause; left > TimeSpan.Zero && EqualityComparer<TAnswer>.Default.Equals(answer, notYet); pause *= 2)
        {
            await Task.Delay(pause < left ? pause : left, time, answering);
            answer = await look();

            // A timer may end a moment early; the rest after the last planned pause is not worth another look.
            left = left <= pause ? TimeSpan.Zero : patience - time.GetElapsedTime(firstAnsweredAt);
        }

        return answer;
    }

    /// <returns>
    /// Null while the connection's row does not show the result. The read is eventually consistent, which halves its price: what the row
    /// shows is true, and what it does not show yet is looked for again.
    /// </returns>
    private async Task<bool?> IsTakenAsync(MembershipChanged join, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.CallAsync(
            "DynamoDB_20120810.GetItem",
            json =>
            {
                json.WriteString("TableName", settings.ConnectionsTable);
                json.WriteStartObject("Key");
                WriteText(json, RegistryTables.ConnectionId, join.ConnectionId);
                json.WriteEndObject();
                json.WriteString("ProjectionExpression", "#joined.#room, #left.#room");
                json.WriteStartObject("ExpressionAttributeNames");
                json.WriteString("#joined", RegistryTables.JoinedRooms);
                json.WriteString("#left", RegistryTables.LeftRooms);
                json.WriteString("#room", join.Room);
                json.WriteEndObject();
            },
            answering);
        if (ChangeIn(RegistryTables.JoinedRooms) >= join.ChangedAt)
        {
            return true;
        }

        // A refused join is marked as left at the same instant. A later leave means that the join was accepted before.
        return ChangeIn(RegistryTables.LeftRooms) is { } leftAt && leftAt >= join.ChangedAt ? leftAt > join.ChangedAt : null;

        DateTimeOffset? ChangeIn(string map) =>
            answer.RootElement.TryGetProperty("Item", out var row)
            && row.TryGetProperty(map, out var rooms)
            && rooms.GetProperty("M").TryGetProperty(join.Room, out var at)
                ? DateTimeOffset.FromUnixTimeMilliseconds(NumberOf(at))
                : null;
    }

    private async Task<bool> IsInAsync(string room, string connectionId, CancellationToken answering)
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

    private async Task<(List<MemberRow> Rows, bool HasMore)> ReadShardAsync(string room, int shard, CancellationToken answering)
    {
        var rows = new List<MemberRow>();
        var read = 0;
        string? next = null;
        do
        {
            using var answer = await _dynamoDb.Value.CallAsync(
                "DynamoDB_20120810.Query",
                json => WriteQuery(json, RegistryTables.RoomShardOf(room, shard), next, MaxRowsPerShard - read),
                answering);
            var page = answer.RootElement;
            rows.AddRange(page.GetProperty("Items").EnumerateArray().Select(row =>
                new MemberRow(
                    TextOf(row, RegistryTables.ConnectionId)!,
                    TextOf(row, RegistryTables.User),
                    TextOf(row, RegistryTables.Name),
                    TextOf(row, RegistryTables.Guest))));
            read += page.GetProperty("ScannedCount").GetInt32();
            next = page.TryGetProperty("LastEvaluatedKey", out var last) ? last.GetRawText() : null;
        }
        while (next is not null && read < MaxRowsPerShard);

        return (rows, next is not null);
    }

    /// <param name="json">The request.</param>
    /// <param name="roomShard">The partition to read.</param>
    /// <param name="next">The last key of the previous page, as JSON; null for the first page.</param>
    /// <param name="limit">The largest number of rows to read.</param>
    private void WriteQuery(Utf8JsonWriter json, string roomShard, string? next, int limit)
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
        if (next is not null)
        {
            json.WritePropertyName("ExclusiveStartKey");
            json.WriteRawValue(next);
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

/// <param name="Rows">The connections that were read.</param>
/// <param name="IsPartial">The room has more connections than were read.</param>
internal sealed record MembersRead(IReadOnlyList<MemberRow> Rows, bool IsPartial);
