using System.Globalization;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Looks into the registry's tables of memberships and connections, the only place here that knows DynamoDB. Why a route function may read
/// them, and what it costs: <c>docs/rooms.md</c>.
/// </summary>
internal sealed class RoomMembers(Func<AwsClient> createClient, RouteSettings settings, TimeProvider time)
{
    /// <summary>
    /// How many rows of each shard are read to tell who is in a room; 20,000 in all. Arbitrary: about what a function reads in the time
    /// that a person waits.
    /// </summary>
    private const int MaxRowsPerShard = 20_000 / RegistryTables.ShardsPerRoom;

    /// <summary>Before the next look for what the registry may be about to write; doubled before each further one.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long after its handshake a connection may be in a room that the registry has not written yet: one that it named there. Arbitrary,
    /// and far more than a registry needs that keeps up. Later it has been told of every room that it is in, because a join is answered
    /// when it is written.
    /// </summary>
    private static readonly TimeSpan YoungFor = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an older connection is waited for at most: its client may have sent a join in the same breath, without waiting for the
    /// answer. No longer, because whoever waits keeps an execution environment from everybody else.
    /// </summary>
    private static readonly TimeSpan PatienceWithOlder = TimeSpan.FromMilliseconds(250);

    // Not before it is needed: messages to everyone need it never.
    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>
    /// Returns if the connection that sent a frame is in the room. The registry may still be about to write what was accepted a moment
    /// ago, so a membership that is not there is waited for before it is denied.
    /// </summary>
    /// <exception cref="BadFrameException">It is not in the room.</exception>
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
    /// Returns when the registry has written a join. When it does not come to that in time, the join is taken for granted: nearly always
    /// it will be written, and a member who is none after all is told so when it speaks.
    /// </summary>
    /// <exception cref="BadFrameException">The registry has refused the join.</exception>
    public async Task RequireTakenAsync(MembershipChanged join, CancellationToken answering)
    {
        // A row that is read too early only makes the wait longer.
        await Task.Delay(FirstPause < settings.MembershipPatience ? FirstPause : settings.MembershipPatience, time, answering);
        if (await SeeAsync(() => IsTakenAsync(join, answering), notYet: null, settings.MembershipPatience, answering) == false)
        {
            throw new BadFrameException(
                $"You are in {Room.MaxPerConnection} rooms, the most that are allowed; leave one before you join {Quote.Of(join.Room)}.");
        }
    }

    /// <summary>The members of a room, not in any order. Not consistent, so half the price; who came within the last second may lack.</summary>
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

    /// <summary>Looks again and again until the answer is not <paramref name="notYet"/>, for as long as patience lasts.</summary>
    private async Task<TAnswer> SeeAsync<TAnswer>(
        Func<Task<TAnswer>> look, TAnswer notYet, TimeSpan patience, CancellationToken answering)
    {
        // Patience begins with the first answer, which may take longer than all of it: a new environment has yet to connect.
        var answer = await look();
        var firstAnsweredAt = time.GetTimestamp();
        var left = patience;
        for (var pause = FirstPause; left > TimeSpan.Zero && EqualityComparer<TAnswer>.Default.Equals(answer, notYet); pause *= 2)
        {
            await Task.Delay(pause < left ? pause : left, time, answering);
            answer = await look();

            // The pause that was to be the last has been it: a timer may end a moment early, and what is left then is worth no further look.
            left = left <= pause ? TimeSpan.Zero : patience - time.GetElapsedTime(firstAnsweredAt);
        }

        return answer;
    }

    /// <returns>
    /// Null while the row of the connection does not tell. Not consistent, so half the price: what it tells is so, and what it does not
    /// tell yet is looked for again.
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

        // A refused join is marked as left at the same instant. Left later, it had been taken before.
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
                new MemberRow(TextOf(row, RegistryTables.ConnectionId)!, TextOf(row, RegistryTables.User))));
            read += page.GetProperty("ScannedCount").GetInt32();
            next = page.TryGetProperty("LastEvaluatedKey", out var last) ? last.GetRawText() : null;
        }
        while (next is not null && read < MaxRowsPerShard);

        return (rows, next is not null);
    }

    /// <param name="json">The request.</param>
    /// <param name="roomShard">What is read.</param>
    /// <param name="next">The key, as JSON, behind which the page begins; null for the first page.</param>
    /// <param name="limit">Rows to read at most.</param>
    private void WriteQuery(Utf8JsonWriter json, string roomShard, string? next, int limit)
    {
        json.WriteString("TableName", settings.RoomsTable);
        json.WriteString("KeyConditionExpression", "#roomshard = :roomshard");
        json.WriteString("FilterExpression", "#ttl > :now");
        json.WriteString("ProjectionExpression", "#id, #user");
        json.WriteNumber("Limit", limit);
        json.WriteStartObject("ExpressionAttributeNames");
        json.WriteString("#roomshard", RegistryTables.RoomShard);
        json.WriteString("#ttl", RegistryTables.TimeToLive);
        json.WriteString("#id", RegistryTables.ConnectionId);
        json.WriteString("#user", RegistryTables.User);
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

/// <summary>A connection in a room, and its user if there is an authorizer.</summary>
internal sealed record MemberRow(string ConnectionId, string? User);

/// <param name="Rows">The connections that were read.</param>
/// <param name="IsPartial">The room has more than are read at once.</param>
internal sealed record MembersRead(IReadOnlyList<MemberRow> Rows, bool IsPartial);
