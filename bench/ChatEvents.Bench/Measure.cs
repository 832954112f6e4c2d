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
    /// <summary>Rounds that nobody counts: the JIT needs some until the code is as quick as it gets.</summary>
    private const int WarmUps = 3;

    /// <summary>One candidate alone.</summary>
    public static async Task<Cost> RoundsAsync(int posts, int rounds, Func<Task> post) => (await InTurnAsync(rounds, (posts, post)))[0];

    /// <summary>
    /// Warms up all candidates, then lets them take turns, so that whatever else goes on in the machine meets all of them. The median
    /// of each one's rounds is what counts.
    /// </summary>
    public static async Task<Cost[]> InTurnAsync(int rounds, params (int Posts, Func<Task> Post)[] candidates)
    {
        var costs = candidates.Select(_ => new List<Cost>()).ToArray();
        for (var round = -WarmUps; round < rounds; round++)
        {
            for (var candidate = 0; candidate < candidates.Length; candidate++)
            {
                var cost = await RoundAsync(candidates[candidate].Posts, candidates[candidate].Post);
                if (round >= 0)
                    costs[candidate].Add(cost);
            }
        }

        return Array.ConvertAll(costs, Cost.MedianOf);
    }

    private static async Task<Cost> RoundAsync(int posts, Func<Task> post)
    {
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begunAt = TimeProvider.System.GetTimestamp();
        await post();
        var took = TimeProvider.System.GetElapsedTime(begunAt);
        return new Cost(
            (Environment.CpuUsage.TotalTime - cpu) / posts,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)posts,
            posts / took.TotalSeconds);
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
