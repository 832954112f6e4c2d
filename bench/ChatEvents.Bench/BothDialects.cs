using System.Globalization;
using ChatEvents.Contracts;

namespace ChatEvents.Bench;

/// <summary>Whether posts cost more in a room whose clients speak both dialects: each message is rendered twice there, and its posts alternate.</summary>
internal static class BothDialects
{
    public static async Task<int> RunAsync(Settings settings)
    {
        using var sink = await SinkProcess.StartAsync(settings.Latency);
        await using var plain = await StartAsync(_ => Dialect.Plain);
        await using var json = await StartAsync(_ => Dialect.Json);
        await using var both = await StartAsync(number => number % 2 == 0 ? Dialect.Plain : Dialect.Json);
        List<Candidate> candidates =
        [
            new("plain", settings.Posts, () => plain.WalkAsync()),
            new("JSON", settings.Posts, () => json.WalkAsync()),
            new("both", settings.Posts, () => both.WalkAsync()),
        ];
        await Measure.InTurnAsync(settings.Rounds, candidates);

        Console.WriteLine($"All in; {settings.Posts} posts, {settings.Concurrency} at once, median of {settings.Rounds} rounds.");
        var table = new Table("dialects in the room", "CPU per post", "of plain", "allocated", "posts/s", "of plain");
        foreach (var candidate in candidates)
        {
            table.Add(
                candidate.Name,
                string.Create(CultureInfo.InvariantCulture, $"{candidate.Cost.Cpu.TotalMicroseconds:0.0} us"),
                string.Create(CultureInfo.InvariantCulture, $"{candidate.Cost.Cpu / candidates[0].Cost.Cpu:0.00}"),
                string.Create(CultureInfo.InvariantCulture, $"{candidate.Cost.Allocated:0} B"),
                string.Create(CultureInfo.InvariantCulture, $"{candidate.Cost.PerSecond:0}"),
                string.Create(CultureInfo.InvariantCulture, $"{candidate.Cost.PerSecond / candidates[0].Cost.PerSecond:0.00}"));
        }

        table.Print();
        return 0;

        Task<BenchFanOut> StartAsync(Func<int, Dialect> dialectOf) => BenchFanOut.StartAsync(
            settings.Posts,
            sink.Url,
            options => (options.Http, options.Concurrency, options.PostsPerSecond) = (settings.Http, settings.Concurrency, 1_000_000),
            dialectOf: dialectOf);
    }
}
