using System.Diagnostics;
using System.Globalization;
using ChatEvents.Local.Emulators;

namespace ChatEvents.Bench;

/// <summary>Posts a second and CPU of one worker on one CPU, over its concurrency.</summary>
internal static class Throughput
{
    private static readonly int[] Concurrencies = [16, 32, 64, 128, 256, 512];

    /// <summary>Starts the emulators, which would else share the worker's CPU, and then the worker on a CPU of its own.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var emulators = await LocalEmulators.StartAsync();
        using var worker = Process.Start(new ProcessStartInfo(Pinned.Program, Pinned.Arguments(cpu: 0, ["throughput-pinned", .. args]))
        {
            Environment =
            {
                ["AWS_ENDPOINT_URL_SQS"] = emulators.SqsUrl.ToString(),
                ["AWS_ENDPOINT_URL_DYNAMODB"] = emulators.DynamoDbUrl.ToString(),
            },
        })!;
        await worker.WaitForExitAsync();
        return worker.ExitCode;
    }

    public static async Task<int> RunPinnedAsync(Settings settings)
    {
        var latency = settings.Latency > TimeSpan.Zero ? settings.Latency : TimeSpan.FromMilliseconds(10);
        var table = new Table("at once", "posts/s", "CPU per post", "share of one CPU");
        foreach (var concurrency in Concurrencies)
        {
            using var sink = await SinkProcess.StartAsync(new SinkSettings(latency));
            await using var fanOut = await BenchFanOut.StartAsync(settings.Posts, sink.Url, options =>
            {
                options.Concurrency = concurrency;
                options.PostsPerSecond = 1_000_000;
            });
            var walks = 0;
            var cost = await Measure.RoundsAsync(settings.Posts, settings.Rounds, () => fanOut.WalkAsync($"m{walks++}"));
            table.Add(
                $"{concurrency}",
                string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond:0}"),
                string.Create(CultureInfo.InvariantCulture, $"{cost.Cpu.TotalMicroseconds:0.0} us"),
                string.Create(CultureInfo.InvariantCulture, $"{cost.PerSecond * cost.Cpu.TotalSeconds:P0}"));
        }

        Console.WriteLine($"One worker on one CPU, {latency.TotalMilliseconds} ms per post, {settings.Posts} connections.");
        table.Print();
        return 0;
    }
}
