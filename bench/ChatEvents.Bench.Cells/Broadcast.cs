namespace ChatEvents.Bench.Cells;

/// <summary>A message to everybody in all cells: each cell posts to its own connections, within the quota of its own account or region.</summary>
public static class Broadcast
{
    /// <summary>Each cell's connections are its share of all; one cell needs no topic.</summary>
    public static BroadcastResult Run(Conditions conditions, int connections, int cells, int seed = 1)
    {
        var topic = cells > 1 ? conditions.TopicSeconds : 0;
        var results = Enumerable.Range(0, cells)
            .Select(cell => Cell.Broadcast(
                conditions,
                connections / cells + (cell < connections % cells ? 1 : 0),
                topic + conditions.QueueSeconds,
                seed + cell))
            .ToList();
        return new(
            results.Max(result => result.LastAt),
            results.Average(result => result.HalfAt),
            (double)results.Sum(result => result.Refused) / connections);
    }
}

/// <param name="Seconds">From when the message was sent until the last connection of the slowest cell had it.</param>
/// <param name="HalfSeconds">Until half of the connections had it.</param>
/// <param name="Refused">Posts that were refused and made again, per connection.</param>
public sealed record BroadcastResult(double Seconds, double HalfSeconds, double Refused);
