using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// How far a walk over a room has come: everything up to <see cref="After"/> in <see cref="Shard"/>, and every shard before it, is
/// behind. A walk goes through the shards in order, and within a shard by connection id, so one position says it all.
/// </summary>
public readonly record struct WalkPosition(int Shard, string? After)
{
    public static readonly WalkPosition End = new(RegistryTables.ShardsPerRoom, null);

    /// <summary>Whether a walk that goes on from here does not come to the connection again.</summary>
    public bool IsPast(string connectionId) => RegistryTables.ShardOf(connectionId) is var shard
        && (shard < Shard || (shard == Shard && string.CompareOrdinal(connectionId, After) <= 0));
}
