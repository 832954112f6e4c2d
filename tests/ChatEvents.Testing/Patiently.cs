namespace ChatEvents.Testing;

/// <summary>
/// For real backends, which are right only after a while. It looks again after some milliseconds, and less often the longer it takes, because
/// looks cost the backend time, too. It fails, with what was seen last, only after a time that no loaded machine should need.
/// </summary>
public static class Patiently
{
    /// <summary>How long to wait unless a test says otherwise. Arbitrary, but long: it is spent only by a test that fails.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(160);

    /// <summary>Waits until the condition holds.</summary>
    public static Task UntilAsync(string expectation, Func<bool> holds, CancellationToken cancellation, TimeSpan? patience = null) =>
        SeeAsync(expectation, () => Task.FromResult(holds()), seen => seen, cancellation, patience);

    /// <summary>Waits until the condition holds.</summary>
    public static Task UntilAsync(
        string expectation, Func<Task<bool>> holds, CancellationToken cancellation, TimeSpan? patience = null) =>
        SeeAsync(expectation, holds, seen => seen, cancellation, patience);

    /// <summary>Looks until what is seen satisfies the test, and returns it.</summary>
    /// <exception cref="TimeoutException">Names the expectation and what was seen last.</exception>
    public static async Task<T> SeeAsync<T>(
        string expectation, Func<Task<T>> look, Func<T, bool> isSatisfying, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var seen = await look();
            if (isSatisfying(seen)) return seen;
            if (time.GetElapsedTime(started) > (patience ?? DefaultPatience))
            {
                throw new TimeoutException($"Expected {expectation}, but after {time.GetElapsedTime(started).TotalSeconds:0.0} s saw {seen}.");
            }

            await Task.Delay(pause, time, cancellation);
        }
    }
}
