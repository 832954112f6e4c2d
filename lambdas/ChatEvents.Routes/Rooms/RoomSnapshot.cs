using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>The members of a room at one time: connections of which nothing else is known, then guests, then users, each sorted by id.</summary>
internal sealed class RoomSnapshot
{
    /// <summary>
    /// How many rows of each shard are read to list the members of a room; 20,000 in all. Arbitrary: about as many as a function can read
    /// while a person waits.
    /// </summary>
    private const int MaxRowsPerShard = 20_000 / RegistryTables.ShardsPerRoom;

    private readonly HashSet<string> _connectionIds;

    public RoomSnapshot(IReadOnlyList<MemberRow> rows, bool isPartial, IReadOnlyList<string>? senseless = null)
    {
        Senseless = senseless ?? [];
        _connectionIds = [.. rows.Select(row => row.ConnectionId)];
        IsPartial = isPartial;
        Members =
        [
            .. rows
                .GroupBy(KeyOf, StringComparer.Ordinal)
                .Select(ofOne => MemberOf(ofOne.Key, [.. ofOne]))
                .OrderBy(member => member.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>Sorted by key.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>The room has more connections than were read.</summary>
    public bool IsPartial { get; }

    /// <summary>Connections whose rows make no sense; they are not listed.</summary>
    public IReadOnlyList<string> Senseless { get; }

    /// <summary>How many connections were read.</summary>
    public int Rows => _connectionIds.Count;

    public static async Task<RoomSnapshot> ReadAsync(RegistryReader registry, string room, CancellationToken answering)
    {
        var shards = await Task.WhenAll(Enumerable.Range(0, RegistryTables.ShardsPerRoom)
            .Select(shard => ReadShardAsync(registry, RegistryTables.RoomShardOf(room, shard), answering)));
        return new RoomSnapshot(
            [.. shards.SelectMany(shard => shard.Rows)],
            shards.Any(shard => shard.HasMore),
            [.. shards.SelectMany(shard => shard.Senseless)]);
    }

    public bool Contains(string connectionId) => _connectionIds.Contains(connectionId);

    private static async Task<(List<MemberRow> Rows, List<string> Senseless, bool HasMore)> ReadShardAsync(
        RegistryReader registry, string roomShard, CancellationToken answering)
    {
        var rows = new List<MemberRow>();
        var senseless = new List<string>();
        var read = 0;
        string? next = null;
        do
        {
            var page = await registry.ReadMembersAsync(roomShard, next, MaxRowsPerShard - read, answering);
            rows.AddRange(page.Rows);
            senseless.AddRange(page.Senseless);
            read += page.RowsRead;
            next = page.Next;
        }
        while (next is not null && read < MaxRowsPerShard);

        return (rows, senseless, next is not null);
    }

    private static Member MemberOf(string key, List<MemberRow> rows) =>
        new(key, rows[0].ConnectionId, rows[0].User, rows[0].Name, rows[0].Guest, rows.Count);

    private static string KeyOf(MemberRow row) => row switch
    {
        { User: { } user } => $"u{user}",
        { Guest: { } guest } => $"g{guest}",
        _ => $"c{row.ConnectionId}",
    };
}

/// <summary>A user or a guest with all their connections, or a single connection where there is no authorizer.</summary>
/// <param name="Key">Its place in the order of members.</param>
/// <param name="ConnectionId">One of its connections.</param>
/// <param name="User">The id of a user.</param>
/// <param name="Name">What others see in place of the id.</param>
/// <param name="Guest">What others see of a guest.</param>
/// <param name="Connections">How many connections it has in the room.</param>
internal sealed record Member(string Key, string ConnectionId, string? User, string? Name, string? Guest, int Connections);
