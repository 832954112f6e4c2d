using System.Collections.Immutable;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// What events say about a connection's row, and how two such rows are merged. The result does not depend on order or repetition.
/// </summary>
public static class Merging
{
    public static ConnectionRow RowFrom(ConnectionOpened opened) => new ConnectionRow
    {
        ConnectionId = opened.ConnectionId,
        ConnectedAt = opened.ConnectedAt,
        CallbackEndpoint = opened.CallbackEndpoint,
        User = opened.User,
        Name = opened.Name,
        Guest = opened.Guest,
        MayJoin = opened.MayJoin,
        Role = opened.Role,
        TokenExpiresAt = opened.TokenExpiresAt,
        SourceAddress = opened.SourceAddress,
        Dialect = opened.Dialect,
        Rooms = opened.Rooms
            .Where(room => room != Room.Everyone && Room.IsName(room))
            .Distinct(StringComparer.Ordinal)
            .ToImmutableSortedDictionary(room => room, _ => new RoomChange(opened.ConnectedAt, IsIn: true), StringComparer.Ordinal),
    }.WithoutClosedRooms();

    public static ConnectionRow RowFrom(MembershipChanged changed) => new ConnectionRow
    {
        ConnectionId = changed.ConnectionId,
        ConnectedAt = changed.ConnectedAt,
        CallbackEndpoint = changed.CallbackEndpoint,
        User = changed.User,
        Name = changed.Name,
        Guest = changed.Guest,
        MayJoin = changed.MayJoin,
        Role = changed.Role,
        TokenExpiresAt = changed.TokenExpiresAt,
        SourceAddress = changed.SourceAddress,
        Dialect = changed.Dialect,
        Rooms = changed.Room == Room.Everyone || !Room.IsName(changed.Room)
            ? ConnectionRow.NoRooms
            : ConnectionRow.NoRooms.Add(changed.Room, ChangeIn(changed)),
    }.WithoutClosedRooms();

    extension(ConnectionRow row)
    {
        /// <summary>Whether this join was refused because there was no place.</summary>
        public bool HasRefused(MembershipChanged join) =>
            join.IsIn && row.Rooms.TryGetValue(join.Room, out var change) && change == AsRefused(ChangeIn(join));

        /// <summary>
        /// Whether both are about the same user or guest, which never change during a connection. Without an authorizer, only the event of
        /// the handshake is sure to know the name of a guest.
        /// </summary>
        public bool IsOfSame(ConnectionRow other) =>
            row.User == other.User && (row.Guest == other.Guest || row.Guest is null || other.Guest is null);

        /// <summary>The row with the later change of each room, and with the rights that both rows give.</summary>
        /// <returns>The same object if the other row adds nothing.</returns>
        public ConnectionRow MergedWith(ConnectionRow other)
        {
            if (!row.IsOfSame(other)) return row;
            var narrowed = row.NarrowedTo(other).ToldBy(other);
            var rooms = narrowed.Rooms;
            foreach (var (room, change) in other.Rooms)
            {
                if (rooms.TryGetValue(room, out var known) ? change.Overrides(known) : !(change.At <= row.ForgottenUntil))
                    rooms = rooms.SetItem(room, narrowed.HasPlaceFor(room, change, rooms) ? change : AsRefused(change));
            }

            return ReferenceEquals(rooms, narrowed.Rooms) ? narrowed : (narrowed with { Rooms = rooms }).WithoutOldestLeaves();
        }

        /// <summary>
        /// The row with the rights and the role that both events give, and the earlier end. Events of one connection say the same, so usually
        /// it is this row. If they differ, the one that allows more must not win, whichever comes first.
        /// </summary>
        private ConnectionRow NarrowedTo(ConnectionRow other)
        {
            var mayJoin = Both(row.MayJoin, other.MayJoin);
            var end = other.TokenExpiresAt is { } theirs && !(row.TokenExpiresAt <= theirs) ? theirs : row.TokenExpiresAt;
            var role = row.Role == other.Role ? row.Role : null;
            return ReferenceEquals(mayJoin, row.MayJoin) && end == row.TokenExpiresAt && role == row.Role
                ? row
                : (row with { MayJoin = mayJoin, TokenExpiresAt = end, Role = role }).WithoutClosedRooms();
        }

        /// <summary>
        /// The row with what only one of the events may know. An event that knows nothing of a dialect says the plain one.
        /// </summary>
        private ConnectionRow ToldBy(ConnectionRow other) =>
            (row.Guest is not null || other.Guest is null) && (row.Dialect == Dialect.Json || other.Dialect == Dialect.Plain)
                ? row
                : row with { Guest = row.Guest ?? other.Guest, Dialect = row.Dialect == Dialect.Json ? Dialect.Json : other.Dialect };

        /// <summary>The row with its joins of rooms refused that its rights do not open.</summary>
        private ConnectionRow WithoutClosedRooms()
        {
            var rooms = row.Rooms;
            foreach (var (room, change) in row.Rooms.Where(room => room.Value.IsIn && !row.MayBeIn(room.Key)))
                rooms = rooms.SetItem(room, AsRefused(change));
            return row with { Rooms = rooms };
        }

        /// <summary>
        /// The limit is enforced here and nowhere else, because only the writer of the row knows all joins. A refused join is noted as
        /// such, so that a repeat is refused too. Rooms named at connect are always taken: their handshake was answered.
        /// </summary>
        private bool HasPlaceFor(string room, RoomChange change, ImmutableSortedDictionary<string, RoomChange> rooms) =>
            !change.IsIn
            || (row.MayBeIn(room) && (change.At <= row.ConnectedAt || rooms.Count(other => other.Value.IsIn && other.Key != room) < Room.MaxPerConnection));

        private ConnectionRow WithoutOldestLeaves()
        {
            var surplus = row.Rooms.Count(room => !room.Value.IsIn) - Room.MaxLeftMarks;
            if (surplus <= 0) return row;

            var oldest = row.Rooms.Where(room => !room.Value.IsIn).OrderBy(room => room.Value.At).Take(surplus).ToList();
            return row with { Rooms = row.Rooms.RemoveRange(oldest.Select(room => room.Key)), ForgottenUntil = oldest[^1].Value.At };
        }
    }

    /// <returns>The very first list if the other one takes nothing from it.</returns>
    private static IReadOnlyList<string>? Both(IReadOnlyList<string>? one, IReadOnlyList<string>? other)
    {
        if (one is null || other is null) return one ?? other;
        var both = new RoomRights(one).And(new RoomRights(other)).Patterns;
        return both.ToHashSet(StringComparer.Ordinal).SetEquals(one) ? one : both;
    }

    /// <summary>
    /// The later change wins. The order of changes in the same millisecond is not known for sure, but all workers must agree: the largest
    /// <see cref="RoomChange.Order"/> wins. Without one, the leave wins, because a client that is wrongly out can join again, while one that
    /// is wrongly in reads what is not meant for it.
    /// </summary>
    public static bool Overrides(this RoomChange change, RoomChange known) =>
        (change.At, change.Order).CompareTo((known.At, known.Order)) switch
        {
            > 0 => true,
            < 0 => false,
            _ => known.IsIn && !change.IsIn,
        };

    private static RoomChange ChangeIn(MembershipChanged changed) => new(changed.ChangedAt, changed.IsIn, changed.Order ?? 0);

    private static RoomChange AsRefused(RoomChange join) => join with { IsIn = false, IsRefused = true };
}
