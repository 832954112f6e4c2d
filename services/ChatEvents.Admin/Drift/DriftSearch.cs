using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Drift;

/// <summary>
/// Compares the table of memberships with the table of connections, and the table of connections with the gateway. The reverse is
/// impossible: API Gateway does not list connections. Connections in their handshake are skipped, because their events may not have arrived
/// yet.
/// </summary>
internal sealed class DriftSearch(Chat chat, int requestsPerSecond)
{
    private readonly DateTimeOffset _establishedBefore = chat.Time.GetUtcNow() - Limits.HandshakeGrace;
    private readonly ConcurrentQueue<string> _problems = [];
    private int _asked;

    /// <summary>How many connections the gateway was asked about.</summary>
    public int Asked => _asked;

    /// <summary>Why the gateway said nothing about some connections, one sentence per connection.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public IAsyncEnumerable<DriftFinding> FindAsync(CancellationToken cancellation) =>
        FindInMembershipsAsync(cancellation).Concat(FindStaleConnectionsAsync(cancellation));

    /// <summary>Keeps the rooms of all connections in memory, some hundred bytes per connection.</summary>
    private async IAsyncEnumerable<DriftFinding> FindInMembershipsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var roomsById = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        await foreach (var (room, membership) in chat.Memberships.ReadAllAsync(cancellation))
        {
            if (!roomsById.TryGetValue(membership.ConnectionId, out var rooms)) roomsById[membership.ConnectionId] = rooms = [];
            rooms.Add(room);
        }

        await foreach (var connection in chat.ReadConnectionsAsync(cancellation))
        {
            roomsById.Remove(connection.ConnectionId, out var rooms);
            if (connection.JoinedRooms.ToHashSet().SetEquals(rooms ?? [])) continue;
            await foreach (var finding in LookAgainAsync(connection.ConnectionId, connection.JoinedRooms.Union(rooms ?? []), cancellation))
                yield return finding;
        }

        foreach (var (connectionId, rooms) in roomsById)
        {
            await foreach (var finding in LookAgainAsync(connectionId, rooms, cancellation)) yield return finding;
        }
    }

    /// <summary>The two tables are not read at the same time, so every difference is read again, consistently, before it counts.</summary>
    private async IAsyncEnumerable<DriftFinding> LookAgainAsync(
        string connectionId, IEnumerable<string> rooms, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var room in rooms)
        {
            // The membership first: closing removes memberships before the row, and opening writes the row before memberships.
            var membership = await chat.Memberships.FindAsync(room, connectionId, cancellation);
            var row = await chat.Connections.FindAsync(connectionId, cancellation);
            if ((membership?.ConnectedAt ?? row?.ConnectedAt) is not { } connectedAt || connectedAt > _establishedBefore) continue;

            if (row is null && membership is { } orphan)
            {
                if (await AskAboutAsync(orphan, room, cancellation) is { } finding) yield return finding;
            }
            else if (row is not null && row.IsIn(room) != membership is not null)
            {
                yield return row.IsIn(room) ? Missing(row, room) : NotInRow(row, room);
            }
        }
    }

    private async Task<DriftFinding?> AskAboutAsync(Membership membership, string room, CancellationToken cancellation) =>
        await AskAsync(membership.CallbackEndpoint, membership.ConnectionId, cancellation) switch
        {
            GatewayReplyKind.Gone => new(
                DriftKind.StaleMembership,
                membership.ConnectionId,
                membership.ConnectedAt,
                room,
                Closed(membership.ConnectionId, membership.ConnectedAt, room)),
            GatewayReplyKind.Open => new(
                DriftKind.ConnectionMissing,
                membership.ConnectionId,
                membership.ConnectedAt,
                room,
                new ConnectionOpened
                {
                    ConnectionId = membership.ConnectionId,
                    ConnectedAt = membership.ConnectedAt,
                    CallbackEndpoint = membership.CallbackEndpoint,
                    Rooms = room == Room.Everyone ? [] : [room],
                    User = membership.User,
                    Name = membership.Name,
                    Guest = membership.Guest,

                    // What may be joined is in the lost row only; the route functions still know it.
                    Role = membership.Role,
                    TokenExpiresAt = membership.TokenExpiresAt,
                }),
            _ => null,
        };

    /// <summary>The row as an event. The registry takes it for a repeat, and writes the memberships that it names.</summary>
    private static DriftFinding Missing(ConnectionRow row, string room) => new(
        DriftKind.MembershipMissing,
        row.ConnectionId,
        row.ConnectedAt,
        room,
        new ConnectionOpened
        {
            ConnectionId = row.ConnectionId,
            ConnectedAt = row.ConnectedAt,
            CallbackEndpoint = row.CallbackEndpoint,
            Rooms = room == Room.Everyone ? [] : [room],
            User = row.User,
            Name = row.Name,
            Guest = row.Guest,
            MayJoin = row.MayJoin,
            Role = row.Role,
            TokenExpiresAt = row.TokenExpiresAt,
            SourceAddress = row.SourceAddress,
        });

    /// <summary>A leave at the time in the row, or now. The registry removes the membership.</summary>
    private DriftFinding NotInRow(ConnectionRow row, string room) => new(
        DriftKind.MembershipNotInRow,
        row.ConnectionId,
        row.ConnectedAt,
        room,
        new MembershipChanged
        {
            ConnectionId = row.ConnectionId,
            ConnectedAt = row.ConnectedAt,
            CallbackEndpoint = row.CallbackEndpoint,
            Room = room,
            IsIn = false,
            ChangedAt = row.Rooms.TryGetValue(room, out var left) ? left.At : chat.Time.GetUtcNow(),
            User = row.User,
            Name = row.Name,
            Guest = row.Guest,
            MayJoin = row.MayJoin,
            Role = row.Role,
            TokenExpiresAt = row.TokenExpiresAt,
            SourceAddress = row.SourceAddress,
        });

    private async IAsyncEnumerable<DriftFinding> FindStaleConnectionsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var stale = new ConcurrentQueue<ConnectionRow>();
        await new Pace(requestsPerSecond, chat.Time).ForEachAsync(
            chat.ReadConnectionsAsync(cancellation).Where(connection => connection.ConnectedAt <= _establishedBefore),
            async (connection, stop) =>
            {
                if (await AskAsync(connection.CallbackEndpoint, connection.ConnectionId, stop) == GatewayReplyKind.Gone)
                    stale.Enqueue(connection);
            },
            cancellation);

        // A connection that ended during the search is no drift: its row is gone, or about to go.
        foreach (var connection in stale)
        {
            if (await chat.Connections.FindAsync(connection.ConnectionId, cancellation) is not { } row) continue;
            yield return new(
                DriftKind.StaleConnection,
                row.ConnectionId,
                row.ConnectedAt,
                Room: null,
                Closed(row.ConnectionId, row.ConnectedAt, foundInRoom: null));
        }
    }

    private ConnectionClosed Closed(string connectionId, DateTimeOffset connectedAt, string? foundInRoom) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = connectedAt,
        ClosedAt = chat.Time.GetUtcNow(),
        Because = ClosedBecause.Gone,
        FoundInRoom = foundInRoom,
    };

    private async Task<GatewayReplyKind> AskAsync(string endpoint, string connectionId, CancellationToken cancellation)
    {
        var reply = await chat.Gateway.AskAsync(endpoint, connectionId, cancellation);
        Interlocked.Increment(ref _asked);
        if (reply.Problem is { } problem) _problems.Enqueue($"{connectionId}: {problem}");
        return reply.Kind;
    }
}
