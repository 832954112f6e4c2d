using System.Globalization;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.Bench;

/// <summary>One message to 10,000 connections while the account's default quota holds: 10,000 posts a second and a burst of 5,000.</summary>
internal static class Broadcast
{
    private const int Connections = 10_000;

    public static async Task<int> RunAsync(Settings settings)
    {
        var latency = settings.Latency > TimeSpan.Zero ? settings.Latency : TimeSpan.FromMilliseconds(10);
        var table = new Table("round", "consumer to last delivery", "delivered", "refused at first");
        for (var round = 0; round <= settings.Rounds; round++)
        {
            // A new sink and a new worker each time: the burst is full again, and the rate knows nothing yet.
            using var sink = await SinkProcess.StartAsync(new SinkSettings(latency, Quota: 10_000, Burst: 5_000));
            await using var fanOut = await BenchFanOut.StartAsync(Connections, sink.Url, options =>
            {
                options.Http = settings.Http;
                options.Concurrency = 256;
            });
            var begunAt = TimeProvider.System.GetTimestamp();
            var tally = await fanOut.WalkAsync("m");
            var took = TimeProvider.System.GetElapsedTime(begunAt);
            table.Add(
                round == 0 ? "first (cold)" : $"{round}",
                string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.00} s"),
                $"{tally[DeliveryOutcome.Delivered]}",
                $"{tally.BecameLate}");
        }

        table.Print();
        return 0;
    }
}
