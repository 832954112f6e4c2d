namespace ChatEvents.Load.Figures;

/// <summary>The figures of a run.</summary>
/// <param name="Rooms">Those of each room.</param>
/// <param name="ConnectsPerSecond">Over the time in which all clients connected.</param>
/// <param name="Reconnects">Connections that were lost and opened again.</param>
internal sealed record Summary(IReadOnlyList<RoomSummary> Rooms, double ConnectsPerSecond, long Reconnects)
{
    public long Said => Rooms.Sum(room => (long)room.Said);

    public long Accepted => Rooms.Sum(room => (long)room.Accepted);

    public long Heard => Rooms.Sum(room => room.Heard);

    public long Lost => Rooms.Sum(room => room.Expected - room.Heard);

    public long Repeated => Rooms.Sum(room => room.Repeated);

    public long OutOfOrder => Rooms.Sum(room => room.OutOfOrder);

    public long FromHistory => Rooms.Sum(room => room.FromHistory);

    /// <summary>In the order of their length.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; } = [.. Rooms.SelectMany(room => room.Delays).Select(delay => delay.Length).Order()];
}
