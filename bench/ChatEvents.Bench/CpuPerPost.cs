using System.Globalization;
using ChatEvents.Bench.Rivals;

namespace ChatEvents.Bench;

/// <summary>What a delivered post costs: ours, the floor, and what people copy today.</summary>
internal static class CpuPerPost
{
    public static async Task<int> RunAsync(Settings settings)
    {
        using var sink = await SinkProcess.StartAsync(new SinkSettings(settings.Latency));
        await using var fanOut = await BenchFanOut.StartAsync(settings.Posts, sink.Url, options =>
        {
            options.Concurrency = settings.Concurrency;
            options.PostsPerSecond = 1_000_000;
        });
        using var bare = new BarePosts(sink.Url, settings.Concurrency);
        using var sdk = new SdkPosts(sink.Url, settings.Concurrency);
        var walks = 0;

        var ours = await Measure.RoundsAsync(settings.Posts, settings.Rounds, () => fanOut.WalkAsync($"m{walks++}"));
        var posts = await Measure.RoundsAsync(settings.Posts, settings.Rounds, () => OurPosts.PostAsync(fanOut.Poster, sink.Url, settings));
        var floor = await Measure.RoundsAsync(settings.Posts, settings.Rounds, () => bare.PostAsync(settings));
        var shared = await Measure.RoundsAsync(settings.Posts, settings.Rounds, () => sdk.PostAsync(settings));
        var few = settings with { Posts = settings.Posts / 10 };
        var serial = await Measure.RoundsAsync(few.Posts, settings.Rounds, () => sdk.PostAsync(few with { Concurrency = 1 }));
        var perRecipient = await Measure.RoundsAsync(few.Posts, settings.Rounds, () => sdk.PostByOwnClientAsync(few));
        var v3 = await JavaScriptPosts.RunAsync("sdk-v3.mjs", sink.Url, settings);
        var v2 = await JavaScriptPosts.RunAsync("sdk-v2.mjs", sink.Url, settings);

        Console.WriteLine($"CPU per delivered post; {settings.Posts} posts, {settings.Concurrency} at once, median of {settings.Rounds} rounds.");
        var table = new Table("", "CPU", "allocated", "posts/s", "CPU of ours, all in");
        Add("ours, all in: reading the room, signing, posting, outcome, meters", ours);
        Add("ours, the post alone", posts);
        Add("bare HttpMessageInvoker, unsigned", floor);
        Add("AWS SDK for .NET, one client", shared);
        Add("AWS SDK for .NET, one client, one post at a time", serial);
        Add("AWS SDK for .NET, a client per recipient", perRecipient);
        Add("aws-sdk v3 for JavaScript", v3);
        Add("aws-sdk v2 for JavaScript, as in the tutorial", v2);
        table.Print();
        return 0;

        void Add(string name, Cost cost) => table.Add(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{cost.Cpu.TotalMicroseconds:0.0} us"),
            double.IsNaN(cost.Allocated) ? "" : string.Create(CultureInfo.InvariantCulture, $"{cost.Allocated:0} B"),
            string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond:0}"),
            string.Create(CultureInfo.InvariantCulture, $"1/{cost.Cpu / ours.Cpu:0.00}"));
    }
}
