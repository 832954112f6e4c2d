using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>What a walk that ended early left behind: where to go on, and which of those it had passed were still late.</summary>
public sealed record SavedWalk(WalkPosition Position, IReadOnlyList<string> LateConnections)
{
    public static readonly SavedWalk None = new(WalkPosition.Start, []);
}
