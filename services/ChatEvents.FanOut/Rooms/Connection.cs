using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Rooms;

/// <summary>One open socket as a membership row tells of it: just what a post needs.</summary>
public sealed record Connection(string Id, CallbackEndpoint Endpoint, DateTimeOffset ConnectedAt)
{
    /// <summary>
    /// Whether a 410 may still mean <em>not yet</em>: a connection cannot be posted to until its <c>$connect</c> has returned, but its
    /// row can be in the table before.
    /// </summary>
    public bool IsNewborn(DateTimeOffset now) => now - ConnectedAt < Limits.HandshakeGrace;
}
