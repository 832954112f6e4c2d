using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Testing.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Servers;

/// <summary>A DynamoDB with the registry's tables of memberships and connections; it serves the reads of the route functions.</summary>
internal sealed class RegistryDatabase : LoopbackServer
{
    /// <summary>Far in the future, whenever these tests run.</summary>
    private static readonly DateTimeOffset Later = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedDictionary<string, Membership> _memberships = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, JsonObject> _connections = new();

    /// <summary>The requests of GetItem, in order.</summary>
    public ConcurrentQueue<JsonNode> Looks { get; } = new();

    /// <summary>The looks for what a connection speaks, which are none of <see cref="Looks"/>.</summary>
    public ConcurrentQueue<JsonNode> SpeakerLooks { get; } = new();

    /// <summary>Called before each of them.</summary>
    public Action OnSpeakerLook { get; set; } = () => { };

    /// <summary>The rows of the rooms' logs, by room and position.</summary>
    public SortedDictionary<(string Room, string Position), JsonObject> Log { get; } =
        new(Comparer<(string Room, string Position)>.Create((one, other) =>
            string.CompareOrdinal(one.Room, other.Room) is not 0 and var rooms ? rooms : string.CompareOrdinal(one.Position, other.Position)));

    /// <summary>The bans there are, by key.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> EndsOfBans { get; } = new();

    /// <summary>Those of them that were lifted: they stay in the table for a while.</summary>
    public ConcurrentBag<string> LiftedBans { get; } = [];

    /// <summary>The requests of Query, in order.</summary>
    public ConcurrentQueue<JsonNode> Queries { get; } = new();

    /// <summary>Called before each look for one membership or connection, with the number of looks so far.</summary>
    public Action<int> OnLook { get; set; } = _ => { };

    /// <summary>Refuses everything, as DynamoDB does when the function's role lacks the permission.</summary>
    public bool Refuses { get; set; }

    /// <summary>Checks each request.</summary>
    public GuardedCalls? Guard { get; set; }

    /// <summary>The size of a page, whatever limit the reader gives; 1 MB on AWS.</summary>
    public int PageSize { get; set; } = int.MaxValue;

    public static async Task<RegistryDatabase> StartNewAsync()
    {
        var database = new RegistryDatabase();
        await database.StartAsync();
        return database;
    }

    public void Add(
        string room, string connectionId, string? user = null, DateTimeOffset? expiresAt = null, string? name = null, string? guest = null,
        Dialect dialect = Dialect.Plain)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _memberships[$"{roomShard}/{connectionId}"] = new(
            roomShard, connectionId, (expiresAt ?? Later).ToUnixTimeSeconds(),
            new()
            {
                [RegistryTables.User] = user,
                [RegistryTables.Name] = name,
                [RegistryTables.Guest] = guest,
                [RegistryTables.Dialect] = Dialects.Write(dialect),
            });
    }

    /// <summary>Adds a membership of which some attributes are not as the registry writes them.</summary>
    public void AddSenseless(string room, string connectionId, JsonObject attributes)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _memberships[$"{roomShard}/{connectionId}"] = new(roomShard, connectionId, Later.ToUnixTimeSeconds(), []) { Senseless = attributes };
    }

    /// <summary>Sets the row of a connection, whatever it is.</summary>
    public void SetRow(string connectionId, JsonObject row) => _connections[connectionId] = row;

    /// <summary>Sets the row of a connection that is in no room but everyone's.</summary>
    public void SetRow(string connectionId) => _connections[connectionId] = RowOf(connectionId);

    /// <summary>Sets the row of a connection that speaks the JSON dialect, and is in no room but everyone's.</summary>
    public void SetJsonRow(string connectionId, string? guest = null)
    {
        var row = RowOf(connectionId);
        row[RegistryTables.Dialect] = new JsonObject { ["S"] = "json" };
        if (guest is not null) row[RegistryTables.Guest] = new JsonObject { ["S"] = guest };
        _connections[connectionId] = row;
    }

    public bool SpeaksJson(string connectionId) => _connections.GetValueOrDefault(connectionId)?.ContainsKey(RegistryTables.Dialect) == true;

    /// <summary>Writes a message into the log of its room, as the fan-out does.</summary>
    public void Post(string room, string epoch, long seq, MessagePosted posted, DateTimeOffset? expiresAt = null)
    {
        var row = new JsonObject
        {
            [RecentMessages.Room] = Text(room),
            [RecentMessages.Position] = Text(RecentMessages.PositionOf(epoch, seq)),
            [RecentMessages.MessageId] = Text(posted.MessageId),
            [RecentMessages.PostedAt] = new JsonObject { ["N"] = $"{posted.PostedAt.ToUnixTimeMilliseconds()}" },
            [RecentMessages.TimeToLive] = new JsonObject { ["N"] = $"{(expiresAt ?? Later).ToUnixTimeSeconds()}" },
        };
        foreach (var (name, text) in (ValueTuple<string, string?>[])
        [
            (RecentMessages.Message, posted.Message), (RecentMessages.Data, posted.Data), (RecentMessages.User, posted.User),
            (RecentMessages.Name, posted.Name), (RecentMessages.Guest, posted.Guest), (RecentMessages.Server, posted.Server),
        ])
        {
            if (text is not null) row[name] = Text(text);
        }

        Log[(room, RecentMessages.PositionOf(epoch, seq))] = row;

        static JsonObject Text(string text) => new() { ["S"] = text };
    }

    /// <summary>Removes a message from the log, as the fan-out does: its number stays.</summary>
    public void Removed(string room, string epoch, long seq)
    {
        var row = Log[(room, RecentMessages.PositionOf(epoch, seq))];
        row.Remove(RecentMessages.Message);
        row.Remove(RecentMessages.Data);
        row[RecentMessages.Removed] = new JsonObject { ["BOOL"] = true };
    }

    /// <summary>
    /// Sets the row of a connection that joined or left this one room. Of changes in the same millisecond it is the last one, unless a
    /// test gives another order.
    /// </summary>
    public void SetChange(string connectionId, string room, bool isIn, DateTimeOffset at, long order = long.MaxValue, bool isRefused = false)
    {
        var row = (_connections.GetValueOrDefault(connectionId) ?? RowOf(connectionId)).DeepClone().AsObject();
        foreach (var other in (string[])[RegistryTables.JoinedRooms, RegistryTables.RefusedRooms, RegistryTables.LeftRooms]) row.Remove(other);
        var map = isIn ? RegistryTables.JoinedRooms : isRefused ? RegistryTables.RefusedRooms : RegistryTables.LeftRooms;
        row[map] = MapOf(room, at.ToUnixTimeMilliseconds());
        row[RegistryTables.ChangeOrders] = MapOf(room, order);
        _connections[connectionId] = row;
    }

    protected override void Map(WebApplication app) => app.MapPost("/", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
        http.Response.ContentType = "application/x-amz-json-1.0";
        var target = http.Request.Headers["X-Amz-Target"].ToString();
        Guard?.Check(target, request);
        if (Refuses)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync(
                """{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized to perform: dynamodb:GetItem"}""");
            return;
        }

        var answer = target switch
        {
            "DynamoDB_20120810.GetItem" => GetItem(request),
            "DynamoDB_20120810.Query" => Query(request),
            _ => throw new NotSupportedException($"{target} is more than a route function needs."),
        };
        await http.Response.WriteAsync(answer.ToJsonString());
    }

    private JsonObject GetItem(JsonNode request)
    {
        if (request["Key"]![Bans.Banned] is { } banned)
        {
            Looks.Enqueue(request);
            if (!EndsOfBans.TryGetValue((string)banned["S"]!, out var end)) return [];
            var ban = new JsonObject { [Bans.TimeToLive] = new JsonObject { ["N"] = $"{end.ToUnixTimeSeconds()}" } };
            if (LiftedBans.Contains((string)banned["S"]!)) ban[Bans.LiftedAt] = new JsonObject { ["N"] = "1795260924518" };
            return new() { ["Item"] = ban };
        }

        if ((bool?)request["ConsistentRead"] == false)
        {
            SpeakerLooks.Enqueue(request);
            OnSpeakerLook();
        }
        else
        {
            Looks.Enqueue(request);
            OnLook(Looks.Count);
        }

        var connectionId = TextIn(request["Key"]!, RegistryTables.ConnectionId);
        var item = request["Key"]![RegistryTables.RoomShard] is { } roomShard
            ? _memberships.GetValueOrDefault($"{(string)roomShard["S"]!}/{connectionId}")?.ToItem()
            : _connections.GetValueOrDefault(connectionId)?.DeepClone();
        return item is null ? [] : new() { ["Item"] = item };
    }

    private JsonObject Query(JsonNode request)
    {
        Queries.Enqueue(request);
        if (request["ExpressionAttributeValues"]![":room"] is { } room) return QueryLog(request, (string)room["S"]!);
        var values = request["ExpressionAttributeValues"]!;
        var roomShard = TextIn(values, ":roomshard");
        var now = long.Parse((string)values[":now"]!["N"]!, CultureInfo.InvariantCulture);
        var after = request["ExclusiveStartKey"] is { } start ? $"{roomShard}/{TextIn(start, RegistryTables.ConnectionId)}" : roomShard;
        var rest = _memberships
            .Where(row => row.Value.RoomShard == roomShard && string.CompareOrdinal(row.Key, after) > 0)
            .Select(row => row.Value)
            .ToList();

        // The limit counts the rows that are read, before the filter, as on AWS.
        var read = rest.Take(Math.Min((int)request["Limit"]!, PageSize)).ToList();
        var answer = new JsonObject
        {
            ["Items"] = new JsonArray([.. read.Where(row => row.TimeToLive > now).Select(row => row.ToItem())]),
            ["ScannedCount"] = read.Count,
        };
        if (read.Count < rest.Count)
        {
            answer["LastEvaluatedKey"] = read[^1].ToKey();
        }

        return answer;
    }

    private JsonObject QueryLog(JsonNode request, string room)
    {
        var values = request["ExpressionAttributeValues"]!;
        var (from, to) = (TextIn(values, ":from"), TextIn(values, ":to"));
        var found = Log
            .Where(row => row.Key.Room == room
                && string.CompareOrdinal(row.Key.Position, from) >= 0 && string.CompareOrdinal(row.Key.Position, to) <= 0)
            .ToList();
        if ((bool?)request["ScanIndexForward"] == false) found.Reverse();
        if (request["ExclusiveStartKey"] is { } after)
            found = [.. found.SkipWhile(row => row.Key.Position != TextIn(after, RecentMessages.Position)).Skip(1)];
        var limit = Math.Min((int?)request["Limit"] ?? int.MaxValue, PageSize);
        var answer = new JsonObject { ["Items"] = new JsonArray([.. found.Take(limit).Select(row => row.Value.DeepClone())]) };
        if (found.Count >= limit)
        {
            answer["LastEvaluatedKey"] = new JsonObject
            {
                [RecentMessages.Room] = new JsonObject { ["S"] = room },
                [RecentMessages.Position] = new JsonObject { ["S"] = found[limit - 1].Key.Position },
            };
        }

        return answer;
    }

    private static JsonObject RowOf(string connectionId) => new() { [RegistryTables.ConnectionId] = new JsonObject { ["S"] = connectionId } };

    private static JsonObject MapOf(string room, long number) =>
        new() { ["M"] = new JsonObject { [room] = new JsonObject { ["N"] = $"{number}" } } };

    private static string TextIn(JsonNode attributes, string name) => (string)attributes[name]!["S"]!;

    private sealed record Membership(string RoomShard, string ConnectionId, long TimeToLive, Dictionary<string, string?> Texts)
    {
        public JsonObject Senseless { get; init; } = [];

        public JsonObject ToKey() => new()
        {
            [RegistryTables.RoomShard] = new JsonObject { ["S"] = RoomShard },
            [RegistryTables.ConnectionId] = new JsonObject { ["S"] = ConnectionId },
        };

        public JsonObject ToItem()
        {
            var item = ToKey();
            item[RegistryTables.TimeToLive] = new JsonObject { ["N"] = $"{TimeToLive}" };
            foreach (var (attribute, text) in Texts)
            {
                if (text is not null) item[attribute] = new JsonObject { ["S"] = text };
            }

            foreach (var (attribute, value) in Senseless) item[attribute] = value?.DeepClone();

            return item;
        }
    }
}
