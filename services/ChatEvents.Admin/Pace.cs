using System.Runtime.CompilerServices;

namespace ChatEvents.Admin;

/// <summary>Keeps calls to the gateway below a rate: its quota is shared with the traffic of the chat itself.</summary>
internal static class Pace
{
    /// <summary>Half a percent of the quota of an account, as the registry's own sweep.</summary>
    public const int DefaultPerSecond = 50;

    /// <summary>Enough for the default rate at 300 ms an answer.</summary>
    private const int CallsAtOnce = 16;

    public static async IAsyncEnumerable<T> AtMostAsync<T>(
        this IAsyncEnumerable<T> items, int perSecond, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var interval = TimeSpan.FromSeconds(1) / perSecond;
        var due = time.GetUtcNow();
        await foreach (var item in items.WithCancellation(cancellation))
        {
            // Time that a slow page cost is not made up for by a burst.
            var now = time.GetUtcNow();
            if (due < now)
                due = now;
            else if (due > now)
                await Task.Delay(due - now, time, cancellation);
            yield return item;
            due += interval;
        }
    }

    public static Task ForEachAsync<T>(
        this IAsyncEnumerable<T> items, Func<T, CancellationToken, ValueTask> call, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            items, new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellation }, call);
}
