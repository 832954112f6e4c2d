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

    /// <summary>
    /// The last known change of each room that the connection is in or has left lately, <see cref="Room.Everyone"/> excepted.
    /// </summary>
    public ImmutableSortedDictionary<string, RoomChange> Rooms { get; init; } = NoRooms;

    /// <summary>
    /// The latest of the leaves that are forgotten; null when none is. What happened no later, to a room that is not in
    /// <see cref="Rooms"/>, may have been undone by one of them.
    /// </summary>
    public DateTimeOffset? ForgottenUntil { get; init; }

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

    /// <summary>Whether the row says of this very join that there was no place for it.</summary>
    public bool HasRefused(MembershipChanged join) =>
        join.IsIn && Rooms.TryGetValue(join.Room, out var change) && change == new RoomChange(join.ChangedAt, IsIn: false);

    /// <summary>What is known when this row and <paramref name="other"/> are taken together: of each room, the later change.</summary>
    /// <returns>This very row if the other one adds nothing to it.</returns>
    public Connection MergedWith(Connection other)
    {
        var rooms = Rooms;
        foreach (var (room, change) in other.Rooms)
        {
            if (rooms.TryGetValue(room, out var known) ? change.Overrides(known) : !IsForgotten(change))
                rooms = rooms.SetItem(room, HasPlaceFor(room, change, rooms) ? change : change with { IsIn = false });
        }

        return ReferenceEquals(rooms, Rooms) ? this : (this with { Rooms = rooms }).WithoutOldestLeaves();
    }

    private bool IsForgotten(RoomChange change) => change.At <= ForgottenUntil;

    /// <summary>
    /// The limit is kept here and nowhere else, because only who writes the row knows all joins. What it refuses it notes as left at the
    /// same instant, so that a repeat is refused too. Rooms named at connect are always taken: their handshake was answered.
    /// </summary>
    private bool HasPlaceFor(string room, RoomChange change, ImmutableSortedDictionary<string, RoomChange> rooms) =>
        !change.IsIn
        || change.At <= ConnectedAt
        || rooms.Count(other => other.Value.IsIn && other.Key != room) < Room.MaxPerConnection;

    private Connection WithoutOldestLeaves()
    {
        var surplus = Rooms.Count(room => !room.Value.IsIn) - Room.MaxLeftMarks;
        if (surplus <= 0)
            return this;

        var oldest = Rooms.Where(room => !room.Value.IsIn).OrderBy(room => room.Value.At).Take(surplus).ToList();
        return this with { Rooms = Rooms.RemoveRange(oldest.Select(room => room.Key)), ForgottenUntil = oldest[^1].Value.At };
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
