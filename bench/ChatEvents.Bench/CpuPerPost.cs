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
        using var plain = await SinkProcess.StartAsync(settings.Latency);
        using var secure = await SinkProcess.StartAsync(settings.Latency, isSecure: true);
        await using var http1 = await StartAsync(plain.Url, HttpChoice.Http1);
        await using var http2 = await StartAsync(plain.Url, HttpChoice.Http2, exports: true);
        await using var overTls = await StartAsync(secure.Url, HttpChoice.Negotiated);
        using var bareHttp1 = new BarePosts(plain.Url, settings.Concurrency, HttpVersion.Version11);
        using var bareHttp2 = new BarePosts(plain.Url, settings.Concurrency, HttpVersion.Version20);
        using var bareOverTls = new BarePosts(secure.Url, settings.Concurrency, HttpVersion.Version20);
        using var sdk = new SdkPosts(plain.Url, settings.Concurrency);
        using var sdkOverTls = new SdkPosts(secure.Url, settings.Concurrency);
        var (plainEndpoint, secureEndpoint) = (new CallbackEndpoint(plain.Url), new CallbackEndpoint(secure.Url));

        var oursHttp2 = Candidate(
            "ours over HTTP/2, all in: reading the room, signing, posting, outcome, meters", () => http2.WalkAsync());
        var oursHttp1 = Candidate("ours over HTTP/1.1, all in", () => http1.WalkAsync());
        var oursTls = Candidate("ours over TLS and HTTP/2, all in", () => overTls.WalkAsync());
        var sdkPlain = Candidate("AWS SDK for .NET, one client", () => sdk.PostAsync(settings));
        var sdkTls = Candidate("AWS SDK for .NET over TLS, one client", () => sdkOverTls.PostAsync(settings));
        var bare2 = Candidate("bare HttpMessageInvoker over HTTP/2, unsigned", () => bareHttp2.PostAsync(settings));
        var bare1 = Candidate("bare HttpMessageInvoker over HTTP/1.1, unsigned", () => bareHttp1.PostAsync(settings));
        var bareTls = Candidate("bare HttpMessageInvoker over TLS and HTTP/2, unsigned", () => bareOverTls.PostAsync(settings));
        var few = settings with { Posts = settings.Posts / 10 };
        List<Candidate> candidates =
        [
            oursHttp2,
            oursHttp1,
            oursTls,
            Candidate("ours over HTTP/2, the post alone", () => OurPosts.PostAsync(http2.Poster, plainEndpoint, settings)),
            Candidate("ours over HTTP/1.1, the post alone", () => OurPosts.PostAsync(http1.Poster, plainEndpoint, settings)),
            Candidate("ours over TLS and HTTP/2, the post alone", () => OurPosts.PostAsync(overTls.Poster, secureEndpoint, settings)),
            bare2,
            bare1,
            bareTls,
            sdkPlain,
            sdkTls,
            new Candidate("AWS SDK for .NET, one client, one post at a time", few.Posts, () => sdk.PostAsync(few with { Concurrency = 1 })),
            new Candidate("AWS SDK for .NET, a client per recipient", few.Posts, () => sdk.PostByOwnClientAsync(few)),
        ];
        await Measure.InTurnAsync(settings.Rounds, candidates);

        Console.WriteLine($"CPU per delivered post; {settings.Posts} posts, {settings.Concurrency} at once, median of {settings.Rounds} rounds.");
        var costs = new Table("", "CPU", "allocated", "posts/s");
        foreach (var candidate in candidates) AddCost(candidate.Name, candidate.Cost);
        AddCost("aws-sdk v3 for JavaScript", await JavaScriptPosts.RunAsync("sdk-v3.mjs", plain.Url, settings));
        AddCost("aws-sdk v2 for JavaScript, as in the tutorial", await JavaScriptPosts.RunAsync("sdk-v2.mjs", plain.Url, settings));
        costs.Print();

        // Like with like: the same HTTP for the bare invoker, TLS for all three or for none.
        Console.WriteLine();
        var ratios = new Table("ours, all in, is", "of the AWS SDK, one client", "of the bare invoker");
        AddRatios("over HTTP/2", oursHttp2, sdkPlain, bare2);
        AddRatios("over HTTP/1.1", oursHttp1, sdkPlain, bare1);
        AddRatios("over TLS and HTTP/2", oursTls, sdkTls, bareTls);
        ratios.Print();
        return 0;

        Task<BenchFanOut> StartAsync(string url, HttpChoice http, bool exports = false) => BenchFanOut.StartAsync(
            settings.Posts,
            url,
            options =>
            {
                options.Http = http;
                options.Concurrency = settings.Concurrency;
                options.PostsPerSecond = 1_000_000;
            },
            exports);

        Candidate Candidate(string name, Func<Task> post) => new(name, settings.Posts, post);

        void AddCost(string name, Cost cost) => costs.Add(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{cost.Cpu.TotalMicroseconds:0.0} us"),
            double.IsNaN(cost.Allocated) ? "" : string.Create(CultureInfo.InvariantCulture, $"{cost.Allocated:0} B"),
            string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond:0}"));

        void AddRatios(string name, Candidate ours, Candidate sdk, Candidate bare) => ratios.Add(
            name,
            string.Create(CultureInfo.InvariantCulture, $"1/{sdk.Cost.Cpu / ours.Cost.Cpu:0.00}"),
            string.Create(CultureInfo.InvariantCulture, $"{ours.Cost.Cpu / bare.Cost.Cpu:0.00}x"));
    }
}
