using System.Diagnostics;
using System.Globalization;
using ChatEvents.Bench.Chat;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.Bench;

/// <summary>Whether memory grows with the number of registered connections. It should not: pages stream.</summary>
internal static class Memory
{
    private static readonly int[] Registered = [10_000, 100_000, 1_000_000];

    /// <summary>As many as the largest room takes for one message: a heap that has hardly been used says nothing about one that has.</summary>
    private const int Posts = 1_000_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Fills the room, and has a process of its own walk over it: what filling took is not the worker's.</summary>
    public static async Task<int> RunAsync(Settings settings)
    {
        var table = new Table("registered connections", "largest working set", "of it for managed objects");
        foreach (var connections in Registered)
        {
            using var sink = await SinkProcess.StartAsync(settings.Latency);
            await using var servers = await BenchServers.StartAsync();
            await servers.FillAsync(Room.Everyone, Enumerable.Range(0, connections).Select(BenchFanOut.ConnectionIdOf), sink.Url);
            using var worker = Children.Start(new ProcessStartInfo(Environment.ProcessPath!, ["memory-walk", sink.Url])
            {
                Environment =
                {
                    ["AWS_ENDPOINT_URL_SQS"] = servers.SqsUrl.ToString(),
                    ["AWS_ENDPOINT_URL_DYNAMODB"] = servers.DynamoDbUrl.ToString(),
                },
                RedirectStandardOutput = true,
            });
            var printed = await worker.StandardOutput.ReadToEndAsync();
            await worker.WaitForExitAsync();
            if (worker.ExitCode != 0)
                return worker.ExitCode;

            table.Add([connections.ToString("N0", CultureInfo.InvariantCulture), .. printed.Trim().Split('\t')]);
        }

        table.Print();
        return 0;
    }

    /// <summary>The worker's process: messages to the room that is there, the more the smaller it is.</summary>
    public static async Task<int> WalkAsync(string endpoint)
    {
        await using var fanOut = await BenchFanOut.StartAsync(connections: 0, endpoint, options => options.PostsPerSecond = 1_000_000, exports: true);
        using var self = Process.GetCurrentProcess();
        var walk = PostAsync();
        var (largest, managed) = (0L, 0L);
        while (!walk.IsCompleted)
        {
            self.Refresh();
            if (self.WorkingSet64 > largest)
                (largest, managed) = (self.WorkingSet64, GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);
            await Task.WhenAny(walk, Task.Delay(Interval, TimeProvider.System));
        }

        await walk;
        Console.WriteLine($"{InMegabytes(largest)}\t{InMegabytes(managed)}");
        return 0;

        async Task PostAsync()
        {
            var posted = 0;
            while (posted < Posts) posted += (await fanOut.WalkAsync())[DeliveryOutcome.Delivered];
        }
    }

    private static string InMegabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_048_576.0:0} MB");
}
