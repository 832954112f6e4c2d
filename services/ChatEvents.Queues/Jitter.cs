using System.Security.Cryptography;

namespace ChatEvents.Queues;

/// <summary>Where randomness comes from unless a test gives its own: numbers from 0 to 1, without 1.</summary>
public static class Jitter
{
    private const int Steps = 1 << 24;

    public static double Next() => RandomNumberGenerator.GetInt32(Steps) / (double)Steps;

    /// <summary>A delay of half to all of the time given, so that workers that fail together do not come back together.</summary>
    public static TimeSpan Of(TimeSpan delay, Func<double> jitter) => delay * (0.5 + (0.5 * jitter()));
}
