using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Rooms;

/// <summary>One open socket as its membership row describes it: only what a post needs.</summary>
public sealed record Connection(string Id, CallbackEndpoint Endpoint, DateTimeOffset ConnectedAt)
{
    /// <summary>Arbitrary; longer than the registry should ever be behind.</summary>
    public static readonly TimeSpan JoinedRecentlyFor = TimeSpan.FromSeconds(30);

    /// <summary>When it joined the room that is walked.</summary>
    public DateTimeOffset JoinedAt { get; init; } = ConnectedAt;

    /// <summary>What its client speaks.</summary>
    public Dialect Dialect { get; init; }

    /// <summary>Whether it may just be catching up with what was posted before its membership was written.</summary>
    public bool JoinedRecently(DateTimeOffset now) => now - JoinedAt < JoinedRecentlyFor;

    /// <summary>
    /// Whether a 410 may still mean <em>not yet</em>: a connection cannot be posted to until its <c>$connect</c> has returned, but its row
    /// can be in the table before that.
    /// </summary>
    public bool IsInHandshake(DateTimeOffset now) => now - ConnectedAt < Limits.HandshakeGrace;
}
