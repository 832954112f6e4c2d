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

    /// <summary>The bans there are, by key.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> EndsOfBans { get; } = new();

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
        string room, string connectionId, string? user = null, DateTimeOffset? expiresAt = null, string? name = null, string? guest = null)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        _memberships[$"{roomShard}/{connectionId}"] = new(
            roomShard, connectionId, (expiresAt ?? Later).ToUnixTimeSeconds(),
            new() { [RegistryTables.User] = user, [RegistryTables.Name] = name, [RegistryTables.Guest] = guest });
    }

    /// <summary>Sets the row of a connection that is in no room but everyone's.</summary>
    public void SetRow(string connectionId) => _connections[connectionId] = RowOf(connectionId);

    /// <summary>
    /// Sets the row of a connection that joined or left this one room. Of changes in the same millisecond it is the last one, unless a
    /// test gives another order.
    /// </summary>
    public void SetChange(string connectionId, string room, bool isIn, DateTimeOffset at, long order = long.MaxValue, bool isRefused = false)
    {
        var row = RowOf(connectionId);
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
            return EndsOfBans.TryGetValue((string)banned["S"]!, out var end)
                ? new() { ["Item"] = new JsonObject { [Bans.TimeToLive] = new JsonObject { ["N"] = $"{end.ToUnixTimeSeconds()}" } } }
                : [];
        }

        Looks.Enqueue(request);
        OnLook(Looks.Count);
        var connectionId = TextIn(request["Key"]!, RegistryTables.ConnectionId);
        var item = request["Key"]![RegistryTables.RoomShard] is { } roomShard
            ? _memberships.GetValueOrDefault($"{(string)roomShard["S"]!}/{connectionId}")?.ToItem()
            : _connections.GetValueOrDefault(connectionId)?.DeepClone();
        return item is null ? [] : new() { ["Item"] = item };
    }

    private JsonObject Query(JsonNode request)
    {
        Queries.Enqueue(request);
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

    private static JsonObject RowOf(string connectionId) => new() { [RegistryTables.ConnectionId] = new JsonObject { ["S"] = connectionId } };

    private static JsonObject MapOf(string room, long number) =>
        new() { ["M"] = new JsonObject { [room] = new JsonObject { ["N"] = $"{number}" } } };

    private static string TextIn(JsonNode attributes, string name) => (string)attributes[name]!["S"]!;

    private sealed record Membership(string RoomShard, string ConnectionId, long TimeToLive, Dictionary<string, string?> Texts)
    {
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

            return item;
        }
    }
}
