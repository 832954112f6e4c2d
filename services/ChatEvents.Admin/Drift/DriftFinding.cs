using System.Text.Json.Serialization;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Drift;

internal enum DriftKind
{
    /// <summary>A row of a connection that the gateway does not know any more: it is posted to in vain.</summary>
    StaleConnection,

    /// <summary>A membership of a connection that has no row, and that the gateway does not know: it is posted to in vain.</summary>
    StaleMembership,

    /// <summary>A membership of a connection that has no row although it is open.</summary>
    ConnectionMissing,

    /// <summary>A membership of a room that the connection's row says it is not in: it reads what is not meant for it.</summary>
    MembershipNotInRow,

    /// <summary>No membership of a room that the connection's row says it is in: it misses messages.</summary>
    MembershipMissing,
}

/// <param name="Kind">What does not agree.</param>
/// <param name="ConnectionId">Of which connection.</param>
/// <param name="ConnectedAt">Since when the connection is there.</param>
/// <param name="Room">Of which membership; null where it is about the connection itself.</param>
/// <param name="Repair">
/// What tells the registry worker, the only writer of its tables. Each one is true as it stands, so that a finding that was wrong, or is
/// no longer right, does no harm.
/// </param>
internal sealed record DriftFinding(
    DriftKind Kind, string ConnectionId, DateTimeOffset ConnectedAt, string? Room, [property: JsonIgnore] IRouteEvent Repair);
