using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>What a number of posts cost this process.</summary>
/// <param name="Cpu">Per post.</param>
/// <param name="Allocated">Bytes per post.</param>
/// <param name="PerSecond">Posts a second.</param>
internal readonly record struct Cost(TimeSpan Cpu, double Allocated, double PerSecond)
{
    public static Cost MedianOf(IReadOnlyCollection<Cost> rounds) => new(
        Median(rounds.Select(round => round.Cpu)), Median(rounds.Select(round => round.Allocated)), Median(rounds.Select(round => round.PerSecond)));

    private static T Median<T>(IEnumerable<T> values) => values.Order().ElementAt(values.Count() / 2);
}

internal static class Measure
{
    /// <summary>Runs the same posts once to warm up and then as many rounds as asked for; the median of each figure is what counts.</summary>
    public static async Task<Cost> RoundsAsync(int posts, int rounds, Func<Task> post)
    {
        await post();
        var costs = new List<Cost>();
        for (var round = 0; round < rounds; round++)
        {
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            var cpu = process.TotalProcessorTime;
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var begunAt = TimeProvider.System.GetTimestamp();
            await post();
            var took = TimeProvider.System.GetElapsedTime(begunAt);
            process.Refresh();
            costs.Add(new Cost(
                (process.TotalProcessorTime - cpu) / posts,
                (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)posts,
                posts / took.TotalSeconds));
        }

        return Cost.MedianOf(costs);
    }

    /// <summary>As <see cref="Parallel"/> would, but the bodies are what is measured, so nothing more than loops.</summary>
    public static Task ForEachAsync(int count, int concurrency, Func<int, Task> body)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                await body(index);
            }
        })));
    }
}
