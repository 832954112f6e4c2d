namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// One slice of a room, never empty, all of it in one shard, and where the next begins (<see cref="WalkPosition.End"/> after the last).
/// </summary>
public sealed record ConnectionPage(int Shard, IReadOnlyList<Connection> Connections, WalkPosition Next);
