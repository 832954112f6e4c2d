using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ChatEvents.FanOut;
using ChatEvents.Local.Emulators;

namespace ChatEvents.Bench;

/// <summary>Posts a second and CPU of one worker on one CPU, over its concurrency, with either version of HTTP.</summary>
internal static class Throughput
{
    private static readonly int[] Concurrencies = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    private static readonly HttpChoice[] Choices = [HttpChoice.Http2, HttpChoice.Http1];

    /// <summary>Walks before the first figure: few posts at once would else pay for what the JIT does at the start.</summary>
    private const int WarmUpWalks = 100;

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(1);

    public static Task<int> RunAsync(string[] args) => RunPinnedProcessAsync(["throughput-pinned", .. args]);

    /// <summary>The same as a picture.</summary>
    public static async Task<int> PlotAsync(string file, string[] args)
    {
        // The worker's output is the table, which the user watches; the points come by a file.
        var points = Path.GetTempFileName();
        try
        {
            if (await RunPinnedProcessAsync(["throughput-pinned", points, .. args]) is not 0 and var failed)
                return failed;

            await File.WriteAllTextAsync(file, Plot(JsonSerializer.Deserialize<List<Point>>(await File.ReadAllTextAsync(points))!));
            Console.WriteLine($"Plotted in {Path.GetFullPath(file)}.");
            return 0;
        }
        finally
        {
            File.Delete(points);
        }
    }

    /// <param name="settings">What to measure.</param>
    /// <param name="pointsFile">Where to write the points for a plot; null for none.</param>
    public static async Task<int> RunPinnedAsync(Settings settings, string? pointsFile = null)
    {
        var latency = settings.Latency > TimeSpan.Zero ? settings.Latency : TimeSpan.FromMilliseconds(10);
        var table = new Table("at once", "HTTP/2: posts/s", "CPU per post", "share of one CPU", "HTTP/1.1: posts/s", "CPU per post", "share of one CPU");
        var points = new List<Point>();
        foreach (var http in Choices) await MeasureAsync(http, Concurrencies[^1], PostsAt(Concurrencies[0]), WarmUpWalks);
        foreach (var concurrency in Concurrencies)
        {
            var costs = new List<Cost>();
            foreach (var http in Choices) costs.Add(await MeasureAsync(http, concurrency, PostsAt(concurrency), settings.Rounds));
            points.Add(new Point(concurrency, costs[0].PerSecond, costs[0].Cpu.TotalMicroseconds, costs[1].PerSecond, costs[1].Cpu.TotalMicroseconds));
            table.Add([
                $"{concurrency}",
                .. costs.SelectMany(cost => new[]
                {
                    string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond:0}"),
                    string.Create(CultureInfo.InvariantCulture, $"{cost.Cpu.TotalMicroseconds:0.0} us"),
                    string.Create(CultureInfo.InvariantCulture, $"{100 * cost.PerSecond * cost.Cpu.TotalSeconds:0} %"),
                }),
            ]);
        }

        Console.WriteLine($"One worker on one CPU, {latency.TotalMilliseconds} ms per post.");
        table.Print();
        if (pointsFile is not null)
            await File.WriteAllTextAsync(pointsFile, JsonSerializer.Serialize(points));
        return 0;

        // No more posts than fit in a round: one at a time, 20,000 would take minutes. The room grows from one to the next.
        int PostsAt(int concurrency) => Math.Min(settings.Posts, (int)(concurrency * (RoundTime / latency)));

        async Task<Cost> MeasureAsync(HttpChoice http, int concurrency, int posts, int rounds)
        {
            using var sink = await SinkProcess.StartAsync(latency);
            await using var fanOut = await BenchFanOut.StartAsync(posts, sink.Url, options =>
            {
                options.Http = http;
                options.Concurrency = concurrency;
                options.PostsPerSecond = 1_000_000;
            });
            return await Measure.RoundsAsync(posts, rounds, () => fanOut.WalkAsync());
        }
    }

    private static string Plot(List<Point> points)
    {
        var chart = new LineChart(
            "One worker on one CPU, by posts under way at once",
            "posts at once",
            [.. points.Select(point => point.AtOnce.ToString(CultureInfo.InvariantCulture))],
            "posts/s",
            "CPU per post, µs");
        chart.Add("posts/s, HTTP/2", points.Select(point => (double?)point.PerSecond2));
        chart.Add("posts/s, HTTP/1.1", points.Select(point => (double?)point.PerSecond1));
        chart.Add("CPU per post, HTTP/2", points.Select(point => (double?)point.Cpu2), isRight: true, isDashed: true);
        chart.Add("CPU per post, HTTP/1.1", points.Select(point => (double?)point.Cpu1), isRight: true, isDashed: true);
        return chart.ToString();
    }

    /// <summary>Starts the emulators, which would else share the worker's CPU, and then the worker on a CPU of its own.</summary>
    private static async Task<int> RunPinnedProcessAsync(string[] args)
    {
        await using var emulators = await LocalEmulators.StartAsync();
        using var worker = Children.Start(new ProcessStartInfo(Pinned.Program, Pinned.Arguments(cpu: 0, args))
        {
            Environment =
            {
                ["AWS_ENDPOINT_URL_SQS"] = emulators.SqsUrl.ToString(),
                ["AWS_ENDPOINT_URL_DYNAMODB"] = emulators.DynamoDbUrl.ToString(),
            },
        });
        await worker.WaitForExitAsync();
        return worker.ExitCode;
    }

    /// <summary>With either version of HTTP; CPU in microseconds per post.</summary>
    private sealed record Point(int AtOnce, double PerSecond2, double Cpu2, double PerSecond1, double Cpu1);
}
