using System.Diagnostics;
using System.Globalization;

namespace ChatEvents.Bench;

/// <summary>Whether memory grows with the number of registered connections. It should not: pages stream.</summary>
internal static class Memory
{
    private static readonly int[] Registered = [10_000, 100_000, 1_000_000];

    public static async Task<int> RunAsync(Settings settings)
    {
        var table = new Table("registered connections", "largest working set during a walk");
        foreach (var connections in Registered)
        {
            using var sink = await SinkProcess.StartAsync(new SinkSettings(settings.Latency));
            await using var fanOut = await BenchFanOut.StartAsync(connections, sink.Url, options => options.PostsPerSecond = 1_000_000);
            GC.Collect(2, GCCollectionMode.Aggressive);

            var walk = fanOut.WalkAsync("m");
            var largest = 0L;
            using var self = Process.GetCurrentProcess();
            while (!walk.IsCompleted)
            {
                self.Refresh();
                largest = Math.Max(largest, self.WorkingSet64);
                await Task.WhenAny(walk, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
            }

            await walk;
            table.Add(
                connections.ToString("N0", CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{largest / 1_048_576.0:0} MB"));
        }

        table.Print();
        return 0;
    }
}
