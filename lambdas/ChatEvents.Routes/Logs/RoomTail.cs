namespace ChatEvents.Routes.Logs;

/// <summary>Where the log of a room ends.</summary>
/// <param name="Epoch">Null when nothing is kept.</param>
/// <param name="Seq">The number of the last message; 0 when nothing is kept, null when that is not known.</param>
internal readonly record struct RoomTail(string? Epoch, long? Seq)
{
    public static RoomTail Unknown { get; } = new(Epoch: null, Seq: null);

    public static RoomTail OfNothing { get; } = new(Epoch: null, Seq: 0);
}
