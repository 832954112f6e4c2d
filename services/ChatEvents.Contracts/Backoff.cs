using System.Security.Cryptography;

namespace ChatEvents.Contracts;

/// <summary>
/// Pauses before further attempts: each twice as long as the one before, less up to half at random, so that workers that fail together do
/// not come back together.
/// </summary>
/// <param name="First">After the first attempt.</param>
/// <param name="Longest">Where the pauses stop growing.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>Enough to reach any pause that makes sense, and no overflow.</summary>
    private const int MaxDoublings = 30;

    public Backoff(TimeSpan first)
        : this(first, TimeSpan.MaxValue)
    {
    }

    /// <param name="attempt">Number of the attempt that failed; the first is 1.</param>
    /// <param name="jitter">Numbers from 0 to 1; <see cref="Jitter.Next"/> but for tests.</param>
    public TimeSpan After(int attempt, Func<double> jitter)
    {
        var grown = First * Math.Pow(2, Math.Clamp(attempt - 1, 0, MaxDoublings));
        return (grown < Longest ? grown : Longest) * (0.5 + (0.5 * jitter()));
    }
}

/// <summary>Where randomness comes from unless a test gives its own: numbers from 0 to 1, without 1.</summary>
public static class Jitter
{
    private const int Steps = 1 << 24;

    public static double Next() => RandomNumberGenerator.GetInt32(Steps) / (double)Steps;
}
