using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Rooms;

/// <summary>What one walk goes through: a whole room, or one shard of a room that was divided among workers.</summary>
public readonly record struct WalkScope(string Room, int? Shard = null)
{
    public WalkPosition Start => new(Shard ?? 0, null);

    public WalkPosition End => Shard is { } shard ? new WalkPosition(shard + 1, null) : WalkPosition.End;

    public override string ToString() => Shard is { } shard ? $"shard {shard} of {Room}" : Room;
}

/// <summary>
/// How far a walk over a room has come: it has passed every shard before <see cref="Shard"/>, and this one up to <see cref="After"/>. A
/// walk goes through the shards in order, and within a shard by connection id, so one position is enough.
/// </summary>
public readonly record struct WalkPosition(int Shard, string? After)
{
    public static readonly WalkPosition End = new(RegistryTables.ShardsPerRoom, null);

    /// <summary>Whether a walk that continues from here does not come to the connection again.</summary>
    public bool IsPast(string connectionId) => RegistryTables.ShardOf(connectionId) is var shard
        && (shard < Shard || (shard == Shard && string.CompareOrdinal(connectionId, After) <= 0));
}
