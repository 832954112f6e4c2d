namespace ChatEvents.LocalGateway.Configuration;

/// <summary>The account's quotas in one region. Their defaults are AWS's; 0 turns one off, as a load test may want.</summary>
public sealed class ThrottleOptions
{
    /// <summary>Connects, messages and management calls together. Default 10,000 a second.</summary>
    public double RequestsPerSecond { get; set; } = 10_000;

    /// <summary>How many of them may come at once. Default 5,000.</summary>
    public double Burst { get; set; } = 5_000;

    /// <summary>New connections. Default 500 a second.</summary>
    public double ConnectsPerSecond { get; set; } = 500;
}
