using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Costs;

/// <summary>
/// List prices of us-east-1 in USD, as known in November 2026 and before any free tier. Other regions differ by up to a third. Check the
/// price pages before you rely on a sum.
/// </summary>
internal static class Prices
{
    public const decimal HoursPerMonth = 730m;

    public const decimal NatGatewayHour = 0.045m;

    public const decimal PublicAddressHour = 0.005m;

    /// <summary>Each metric that an alarm looks at is charged.</summary>
    public const decimal AlarmMetric = 0.10m;

    public const decimal Dashboard = 3.00m;

    /// <summary>A custom metric, which those of Container Insights are, too.</summary>
    public const decimal Metric = 0.30m;

    public const decimal LogGigabyte = 0.50m;

    public const decimal MillionQueueRequests = 0.50m;

    /// <summary>Fargate Spot follows supply; this is what it usually is.</summary>
    public const decimal SpotShare = 0.3m;

    public static decimal VcpuHour(CpuArchitecture processor) => processor == CpuArchitecture.Arm64 ? 0.03238m : 0.04048m;

    public static decimal GibibyteHour(CpuArchitecture processor) => processor == CpuArchitecture.Arm64 ? 0.00356m : 0.004445m;
}
