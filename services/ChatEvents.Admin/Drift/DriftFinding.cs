using System.Text.Json.Serialization;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Drift;

internal enum DriftKind
{
    /// <summary>A row of a connection that the gateway no longer knows: posts to it fail.</summary>
    StaleConnection,

    /// <summary>A membership of a connection that has no row and that the gateway does not know: posts to it fail.</summary>
    StaleMembership,

    /// <summary>A membership of an open connection that has no row.</summary>
    ConnectionMissing,

    /// <summary>A membership of a room that the connection is not in, according to its row: it reads what is not meant for it.</summary>
    MembershipNotInRow,

    /// <summary>No membership of a room that the connection is in, according to its row: it misses messages.</summary>
    MembershipMissing,
}

/// <param name="Kind">What does not agree.</param>
/// <param name="ConnectionId">The connection.</param>
/// <param name="ConnectedAt">When the connection was opened.</param>
/// <param name="Room">The room of the membership; null if it is about the connection itself.</param>
/// <param name="Repair">
/// The event for the registry worker, the only writer of its tables. Each event states a fact, so that a wrong or outdated finding does no
/// harm.
/// </param>
internal sealed record DriftFinding(
    DriftKind Kind, string ConnectionId, DateTimeOffset ConnectedAt, string? Room, [property: JsonIgnore] IRouteEvent Repair);
