using System.Runtime.CompilerServices;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>Keeps calls to the gateway below a rate, because they share the quota of the chat's own traffic.</summary>
/// <param name="perSecond">Calls per second.</param>
/// <param name="time">The clock.</param>
public sealed class Pace(int perSecond, TimeProvider time)
{
    /// <summary>Half a percent of the 10,000 requests a second that an account has for all its traffic in a region.</summary>
    public const int DefaultPerSecond = 50;

    /// <summary>Enough for the default rate at 300 ms per answer.</summary>
    private const int CallsAtOnce = 16;

    private long _quietUntil;

    /// <summary>Starts no call for some time from now on.</summary>
    public void Pause(TimeSpan quiet) => Volatile.Write(ref _quietUntil, (time.GetUtcNow() + quiet).UtcTicks);

    /// <summary>Makes a call for each item, several at once.</summary>
    public Task ForEachAsync<T>(IAsyncEnumerable<T> items, Func<T, CancellationToken, ValueTask> call, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            PacedAsync(items, cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellation },
            call);

    private async IAsyncEnumerable<T> PacedAsync<T>(
        IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var interval = TimeSpan.FromSeconds(1) / perSecond;
        var due = time.GetUtcNow();
        await foreach (var item in items.WithCancellation(cancellation))
        {
            // No burst of calls makes up for the time of a slow page.
            due = Later(due, time.GetUtcNow());

            // Checked again after each wait, because the answer to the previous call may have paused the calls meanwhile.
            while ((due = Later(due, new(Volatile.Read(ref _quietUntil), TimeSpan.Zero))) - time.GetUtcNow() is var left && left > TimeSpan.Zero)
                await Task.Delay(left, time, cancellation);
            yield return item;
            due += interval;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
