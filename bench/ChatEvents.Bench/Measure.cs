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

/// <summary>One way to post, and what it was measured to cost.</summary>
internal sealed class Candidate(string name, int posts, Func<Task> post)
{
    public string Name => name;

    public int Posts => posts;

    public Cost Cost { get; set; }

    public Task PostAsync() => post();
}

internal static class Measure
{
    /// <summary>Rounds that nobody counts: the JIT needs some until the code is as quick as it gets.</summary>
    private const int WarmUps = 3;

    /// <summary>One candidate alone.</summary>
    public static async Task<Cost> RoundsAsync(int posts, int rounds, Func<Task> post)
    {
        var candidate = new Candidate("", posts, post);
        await InTurnAsync(rounds, candidate);
        return candidate.Cost;
    }

    /// <summary>
    /// Warms up all candidates, then lets them take turns, so that whatever else goes on in the machine meets all of them. The median
    /// of each one's rounds is what counts.
    /// </summary>
    public static async Task InTurnAsync(int rounds, params IReadOnlyList<Candidate> candidates)
    {
        var costs = candidates.ToDictionary(candidate => candidate, _ => new List<Cost>());
        for (var round = -WarmUps; round < rounds; round++)
        {
            foreach (var candidate in candidates)
            {
                var cost = await RoundAsync(candidate);
                if (round >= 0)
                    costs[candidate].Add(cost);
            }
        }

        foreach (var (candidate, measured) in costs) candidate.Cost = Cost.MedianOf(measured);
    }

    private static async Task<Cost> RoundAsync(Candidate candidate)
    {
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begunAt = TimeProvider.System.GetTimestamp();
        await candidate.PostAsync();
        var took = TimeProvider.System.GetElapsedTime(begunAt);
        return new Cost(
            (Environment.CpuUsage.TotalTime - cpu) / candidate.Posts,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)candidate.Posts,
            candidate.Posts / took.TotalSeconds);
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
