using System.Collections.Immutable;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>One open connection as the registry knows it: a row of the table of connections.</summary>
public sealed record ConnectionRow
{
    public required string ConnectionId { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    public required string CallbackEndpoint { get; init; }

    public string? User { get; init; }

    public string? Name { get; init; }

    public string? Guest { get; init; }

    /// <inheritdoc cref="ConnectionOpened.MayJoin"/>
    public IReadOnlyList<string>? MayJoin { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Role"/>
    public string? Role { get; init; }

    /// <inheritdoc cref="ConnectionOpened.TokenExpiresAt"/>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    public string? SourceAddress { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Dialect"/>
    public Dialect Dialect { get; init; }

    /// <summary>
    /// The last known change of each room that the connection is in or has left recently, except <see cref="Room.Everyone"/>.
    /// </summary>
    public ImmutableSortedDictionary<string, RoomChange> Rooms { get; init; } = NoRooms;

    /// <summary>
    /// When the latest of the forgotten leaves happened; null when none is forgotten. A change of a room that is not in
    /// <see cref="Rooms"/> and is no later than that may have been undone by one of them.
    /// </summary>
    public DateTimeOffset? ForgottenUntil { get; init; }

    /// <summary>Incremented by each write of the row; 1 for the first.</summary>
    public long Revision { get; init; } = 1;

    public static ImmutableSortedDictionary<string, RoomChange> NoRooms { get; } =
        ImmutableSortedDictionary.Create<string, RoomChange>(StringComparer.Ordinal);

    /// <summary>
    /// The gateway closes every connection after two hours, so from then on the row is wrong even if no end was reported.
    /// </summary>
    public DateTimeOffset ExpiresAt => ExpiryOf(ConnectedAt);

    /// <summary>The rooms that the connection is in without asking: everyone's, and that of its user.</summary>
    public IReadOnlyList<string> GivenRooms => GivenTo(User);

    /// <summary>All rooms that the connection is in now, <see cref="GivenRooms"/> first.</summary>
    public IEnumerable<string> JoinedRooms => GivenRooms.Concat(Rooms.Where(room => room.Value.IsIn).Select(room => room.Key));

    /// <inheritdoc cref="GivenRooms"/>
    public static IReadOnlyList<string> GivenTo(string? user) => user is null ? [Room.Everyone] : [Room.Everyone, UserId.RoomOf(user)];

    public static DateTimeOffset ExpiryOf(DateTimeOffset connectedAt) =>
        connectedAt + Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin;

    public bool IsIn(string room) => GivenRooms.Contains(room) || (Rooms.TryGetValue(room, out var change) && change.IsIn);

    /// <summary>
    /// Whether the row may say that the connection is in a room which somebody named. Route functions see to that too; events that do not
    /// come from them must not get around it.
    /// </summary>
    public bool MayBeIn(string room) => Room.IsName(room) && (MayJoin is null || new RoomRights(MayJoin).Allow(room));
}

/// <summary>That a connection joined or left a room, and when.</summary>
/// <param name="At">When the gateway received the frame.</param>
/// <param name="IsIn">Whether the connection is in the room since then.</param>
/// <param name="Order"><see cref="MembershipChanged.Order"/>.</param>
/// <param name="IsRefused">It was a join, and there was no place.</param>
public readonly record struct RoomChange(DateTimeOffset At, bool IsIn, long Order = 0, bool IsRefused = false);
