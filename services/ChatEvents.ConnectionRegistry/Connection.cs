using System.Collections.Immutable;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>One open connection as the registry knows it: a row of the table of connections.</summary>
public sealed record Connection
{
    public required string ConnectionId { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    public required string CallbackEndpoint { get; init; }

    public string? User { get; init; }

    public string? SourceAddress { get; init; }

    /// <summary>The last known change of each room that was ever joined or left, <see cref="Room.Everyone"/> excepted.</summary>
    public ImmutableSortedDictionary<string, RoomChange> Rooms { get; init; } = NoRooms;

    /// <summary>Grows by one with each write of the row; 1 for the first.</summary>
    public long Revision { get; init; } = 1;

    public static ImmutableSortedDictionary<string, RoomChange> NoRooms { get; } =
        ImmutableSortedDictionary.Create<string, RoomChange>(StringComparer.Ordinal);

    /// <summary>The gateway ends every connection at two hours, so from here on a row is wrong even if nobody reported its end.</summary>
    public DateTimeOffset ExpiresAt => ExpiryOf(ConnectedAt);

    /// <summary>All rooms that the connection is in now, <see cref="Room.Everyone"/> first.</summary>
    public IEnumerable<string> JoinedRooms => Rooms.Where(room => room.Value.IsIn).Select(room => room.Key).Prepend(Room.Everyone);

    public static DateTimeOffset ExpiryOf(DateTimeOffset connectedAt) =>
        connectedAt + Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin;

    public static Connection From(ConnectionOpened opened) => new()
    {
        ConnectionId = opened.ConnectionId,
        ConnectedAt = opened.ConnectedAt,
        CallbackEndpoint = opened.CallbackEndpoint,
        User = opened.User,
        SourceAddress = opened.SourceAddress,
        Rooms = opened.Rooms
            .Where(room => room != Room.Everyone)
            .Distinct(StringComparer.Ordinal)
            .ToImmutableSortedDictionary(room => room, _ => new RoomChange(opened.ConnectedAt, IsIn: true), StringComparer.Ordinal),
    };

    public static Connection From(MembershipChanged changed) => new()
    {
        ConnectionId = changed.ConnectionId,
        ConnectedAt = changed.ConnectedAt,
        CallbackEndpoint = changed.CallbackEndpoint,
        User = changed.User,
        SourceAddress = changed.SourceAddress,
        Rooms = changed.Room == Room.Everyone
            ? NoRooms
            : NoRooms.Add(changed.Room, new RoomChange(changed.ChangedAt, changed.IsIn)),
    };

    public bool IsIn(string room) => room == Room.Everyone || (Rooms.TryGetValue(room, out var change) && change.IsIn);

    /// <summary>What is known when this row and <paramref name="other"/> are taken together: of each room, the later change.</summary>
    /// <returns>This very row if the other one adds nothing to it.</returns>
    public Connection MergedWith(Connection other)
    {
        var rooms = Rooms;
        foreach (var (room, change) in other.Rooms)
        {
            if (!rooms.TryGetValue(room, out var known) || change.Overrides(known))
            {
                rooms = rooms.SetItem(room, change);
            }
        }

        return ReferenceEquals(rooms, Rooms) ? this : this with { Rooms = rooms };
    }
}

/// <summary>That a connection joined or left a room, and when.</summary>
public readonly record struct RoomChange(DateTimeOffset At, bool IsIn)
{
    /// <summary>
    /// Later wins. Of a join and a leave in the same millisecond nobody can say which came first, but all workers must agree: the leave
    /// wins, because who is wrongly out can join again, while who is wrongly in reads what was not meant for them.
    /// </summary>
    public bool Overrides(RoomChange known) => At > known.At || (At == known.At && known.IsIn && !IsIn);
}
