namespace ChatEvents.FanOut.Rooms;

/// <summary>What one walk goes through: a whole room, or a single shard of a room that was divided among workers.</summary>
public readonly record struct WalkScope(string Room, int? Shard = null)
{
    public WalkPosition Start => new(Shard ?? 0, null);

    public WalkPosition End => Shard is { } shard ? new WalkPosition(shard + 1, null) : WalkPosition.End;

    public override string ToString() => Shard is { } shard ? $"shard {shard} of {Room}" : Room;
}
