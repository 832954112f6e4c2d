namespace ChatEvents.Bench.Cells;

/// <summary>USD, list prices of us-east-1 as known in November 2026.</summary>
public static class Costs
{
    private const double PerMessage = 1.00 / 1_000_000;
    private const double PerConnectionMinute = 0.25 / 1_000_000;
    private const double MinutesPerMonth = 730 * 60;

    // A message is published once, and delivered to the queue of each cell.
    private const double PerPublish = 0.30 / 1_000_000;
    private const double PerDelivery = 0.01 / 1_000_000;

    /// <summary>A cell of the size "medium" while nobody speaks; docs/deploy.md, "What it costs".</summary>
    public const double CellPerMonth = 110;

    /// <summary>One message to everybody: received once, posted to each.</summary>
    public static double OfBroadcast(int connections, int cells) =>
        (connections + 1) * PerMessage + (cells > 1 ? PerPublish + cells * PerDelivery : 0);

    /// <summary>Connections that are open all the time, and the cells themselves.</summary>
    public static double OfMonth(int connections, int cells) => connections * MinutesPerMonth * PerConnectionMinute + cells * CellPerMonth;
}
