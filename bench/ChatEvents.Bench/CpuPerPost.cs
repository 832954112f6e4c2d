using System.Globalization;
using System.Net;
using ChatEvents.Bench.Rivals;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.Bench;

/// <summary>What a delivered post costs: ours, the floor, and what people copy today.</summary>
internal static class CpuPerPost
{
    public static async Task<int> RunAsync(Settings settings)
    {
        using var sink = await SinkProcess.StartAsync(settings.Latency);
        await using var http1 = await StartAsync(HttpChoice.Http1);
        await using var http2 = await StartAsync(HttpChoice.Http2, exports: true);
        using var bareHttp2 = new BarePosts(sink.Url, settings.Concurrency, HttpVersion.Version20);
        using var bareHttp1 = new BarePosts(sink.Url, settings.Concurrency, HttpVersion.Version11);
        using var sdk = new SdkPosts(sink.Url, settings.Concurrency);
        var endpoint = new CallbackEndpoint(sink.Url);
        var walks = 0;

        var few = settings with { Posts = settings.Posts / 10 };
        var costs = await Measure.InTurnAsync(
            settings.Rounds,
            (settings.Posts, () => http2.WalkAsync($"m{walks++}")),
            (settings.Posts, () => http1.WalkAsync($"m{walks++}")),
            (settings.Posts, () => OurPosts.PostAsync(http2.Poster, endpoint, settings)),
            (settings.Posts, () => OurPosts.PostAsync(http1.Poster, endpoint, settings)),
            (settings.Posts, () => bareHttp2.PostAsync(settings)),
            (settings.Posts, () => bareHttp1.PostAsync(settings)),
            (settings.Posts, () => sdk.PostAsync(settings)),
            (few.Posts, () => sdk.PostAsync(few with { Concurrency = 1 })),
            (few.Posts, () => sdk.PostByOwnClientAsync(few)));
        var ours = costs[0];
        var v3 = await JavaScriptPosts.RunAsync("sdk-v3.mjs", sink.Url, settings);
        var v2 = await JavaScriptPosts.RunAsync("sdk-v2.mjs", sink.Url, settings);

        Console.WriteLine($"CPU per delivered post; {settings.Posts} posts, {settings.Concurrency} at once, median of {settings.Rounds} rounds.");
        var table = new Table("", "CPU", "allocated", "posts/s", "ours, all in, is");
        string[] names =
        [
            "ours over HTTP/2, all in: reading the room, signing, posting, outcome, meters",
            "ours over HTTP/1.1, all in",
            "ours over HTTP/2, the post alone",
            "ours over HTTP/1.1, the post alone",
            "bare HttpMessageInvoker over HTTP/2, unsigned",
            "bare HttpMessageInvoker over HTTP/1.1, unsigned",
            "AWS SDK for .NET, one client",
            "AWS SDK for .NET, one client, one post at a time",
            "AWS SDK for .NET, a client per recipient",
        ];
        foreach (var (name, cost) in names.Zip(costs))
        {
            Add(name, cost);
        }

        Add("aws-sdk v3 for JavaScript", v3);
        Add("aws-sdk v2 for JavaScript, as in the tutorial", v2);
        table.Print();
        return 0;

        Task<BenchFanOut> StartAsync(HttpChoice http, bool exports = false) => BenchFanOut.StartAsync(
            settings.Posts,
            sink.Url,
            options =>
            {
                options.Http = http;
                options.Concurrency = settings.Concurrency;
                options.PostsPerSecond = 1_000_000;
            },
            exports);

        void Add(string name, Cost cost) => table.Add(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{cost.Cpu.TotalMicroseconds:0.0} us"),
            double.IsNaN(cost.Allocated) ? "" : string.Create(CultureInfo.InvariantCulture, $"{cost.Allocated:0} B"),
            string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond:0}"),
            string.Create(CultureInfo.InvariantCulture, $"1/{cost.Cpu / ours.Cpu:0.00} of it"));
    }
}
