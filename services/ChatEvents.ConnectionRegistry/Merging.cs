using System.Collections.Immutable;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// What events say about a connection's row, and how two such rows are merged. The result does not depend on order or repetition.
/// </summary>
public static class Merging
{
    public static ConnectionRow RowFrom(ConnectionOpened opened) => new()
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

    public static ConnectionRow RowFrom(MembershipChanged changed) => new()
    {
        ConnectionId = changed.ConnectionId,
        ConnectedAt = changed.ConnectedAt,
        CallbackEndpoint = changed.CallbackEndpoint,
        User = changed.User,
        SourceAddress = changed.SourceAddress,
        Rooms = changed.Room == Room.Everyone
            ? ConnectionRow.NoRooms
            : ConnectionRow.NoRooms.Add(changed.Room, ChangeIn(changed)),
    };

    extension(ConnectionRow row)
    {
        /// <summary>Whether this join was refused because there was no place.</summary>
        public bool HasRefused(MembershipChanged join) =>
            join.IsIn && row.Rooms.TryGetValue(join.Room, out var change) && change == AsRefused(ChangeIn(join));

        /// <summary>The row with the later change of each room.</summary>
        /// <returns>The same object if the other row adds nothing.</returns>
        public ConnectionRow MergedWith(ConnectionRow other)
        {
            var rooms = row.Rooms;
            foreach (var (room, change) in other.Rooms)
            {
                if (rooms.TryGetValue(room, out var known) ? change.Overrides(known) : !(change.At <= row.ForgottenUntil))
                    rooms = rooms.SetItem(room, row.HasPlaceFor(room, change, rooms) ? change : AsRefused(change));
            }

            return ReferenceEquals(rooms, row.Rooms) ? row : (row with { Rooms = rooms }).WithoutOldestLeaves();
        }

        /// <summary>
        /// The limit is enforced here and nowhere else, because only the writer of the row knows all joins. A refused join is noted as
        /// such, so that a repeat is refused too. Rooms named at connect are always taken: their handshake was answered.
        /// </summary>
        private bool HasPlaceFor(string room, RoomChange change, ImmutableSortedDictionary<string, RoomChange> rooms) =>
            !change.IsIn
            || change.At <= row.ConnectedAt
            || rooms.Count(other => other.Value.IsIn && other.Key != room) < Room.MaxPerConnection;

        private ConnectionRow WithoutOldestLeaves()
        {
            var surplus = row.Rooms.Count(room => !room.Value.IsIn) - Room.MaxLeftMarks;
            if (surplus <= 0) return row;

            var oldest = row.Rooms.Where(room => !room.Value.IsIn).OrderBy(room => room.Value.At).Take(surplus).ToList();
            return row with { Rooms = row.Rooms.RemoveRange(oldest.Select(room => room.Key)), ForgottenUntil = oldest[^1].Value.At };
        }
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
