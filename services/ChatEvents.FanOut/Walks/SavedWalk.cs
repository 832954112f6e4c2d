using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>What a walk that ended early left behind: where to go on, and which of those it had passed were still late.</summary>
public sealed record SavedWalk(WalkPosition Position, IReadOnlyList<string> LateConnections)
{
    /// <summary>Whether what is behind <see cref="Position"/> was divided by shards, each of which keeps a progress of its own.</summary>
    public bool IsDivided { get; init; }

    /// <summary>How posts have ended so far.</summary>
    public IReadOnlyDictionary<DeliveryOutcome, int> Outcomes { get; init; } = new Dictionary<DeliveryOutcome, int>();

    /// <summary>Position in the room's log of the message whose walk over this shard was given up; null when none was.</summary>
    public string? GivenUp { get; init; }

    public static SavedWalk None(WalkScope scope) => new(scope.Start, []);
}
