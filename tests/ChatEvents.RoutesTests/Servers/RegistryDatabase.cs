using System.Collections.Concurrent;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Servers;

/// <summary>The registry's tables of memberships and connections, as far as route functions read them.</summary>
internal sealed class RegistryDatabase() : AmazonDynamoDBClient(
    new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    /// <summary>Far in the future, also for clocks of machines that run these tests some day.</summary>
    private static readonly DateTimeOffset Later = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedDictionary<string, Dictionary<string, AttributeValue>> _rows = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Dictionary<string, AttributeValue>> _connections = new();

    public ConcurrentQueue<GetItemRequest> Looks { get; } = new();

    public ConcurrentQueue<QueryRequest> Queries { get; } = new();

    /// <summary>Comes before each look for one membership or connection, with the number of looks so far.</summary>
    public Action<int> OnLook { get; set; } = _ => { };

    public void Add(string room, string connectionId, string? user = null, DateTimeOffset? expiresAt = null)
    {
        var roomShard = RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId));
        var row = new Dictionary<string, AttributeValue>
        {
            [RegistryTables.RoomShard] = new(roomShard),
            [RegistryTables.ConnectionId] = new(connectionId),
            [RegistryTables.TimeToLive] = new()
            {
                N = (expiresAt ?? Later).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            },
        };
        if (user is not null)
        {
            row[RegistryTables.User] = new(user);
        }

        _rows[$"{roomShard}/{connectionId}"] = row;
    }

    /// <summary>Has the row of a connection tell that it joined or left a room, and nothing else.</summary>
    public void SetChange(string connectionId, string room, bool isIn, DateTimeOffset at) => _connections[connectionId] = new()
    {
        [isIn ? RegistryTables.JoinedRooms : RegistryTables.LeftRooms] = new()
        {
            M = new() { [room] = new() { N = at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) } },
        },
    };

    public override Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        Looks.Enqueue(request);
        OnLook(Looks.Count);
        var connectionId = request.Key[RegistryTables.ConnectionId].S;
        return Task.FromResult(new GetItemResponse
        {
            Item = request.Key.TryGetValue(RegistryTables.RoomShard, out var roomShard)
                ? _rows.GetValueOrDefault($"{roomShard.S}/{connectionId}")
                : _connections.GetValueOrDefault(connectionId),
        });
    }

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        Queries.Enqueue(request);
        var roomShard = request.ExpressionAttributeValues[":roomshard"].S;
        var now = NumberOf(request.ExpressionAttributeValues[":now"]);
        var after = request.ExclusiveStartKey is { } start ? $"{roomShard}/{start[RegistryTables.ConnectionId].S}" : roomShard;
        var rest = _rows
            .Where(row => row.Key.StartsWith($"{roomShard}/", StringComparison.Ordinal) && string.CompareOrdinal(row.Key, after) > 0)
            .Select(row => row.Value)
            .ToList();

        // The limit counts what is read, the filter comes after it, as on AWS.
        var read = rest.Take(Math.Min(request.Limit!.Value, PageSize)).ToList();
        return Task.FromResult(new QueryResponse
        {
            Items = [.. read.Where(row => NumberOf(row[RegistryTables.TimeToLive]) > now)],
            ScannedCount = read.Count,
            LastEvaluatedKey = read.Count < rest.Count ? new() { [RegistryTables.ConnectionId] = read[^1][RegistryTables.ConnectionId] } : null,
        });
    }

    /// <summary>What fits one page, whatever the limit that the reader gives; 1 MB on AWS.</summary>
    public int PageSize { get; set; } = int.MaxValue;

    private static long NumberOf(AttributeValue value) => long.Parse(value.N, CultureInfo.InvariantCulture);
}
