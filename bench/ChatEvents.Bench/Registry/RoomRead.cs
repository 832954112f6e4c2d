using System.Globalization;
using ChatEvents.Bench.Chat;
using ChatEvents.Contracts;

namespace ChatEvents.Bench.Registry;

/// <summary>How long it takes to see a room: its first page, and all of it.</summary>
internal static class RoomRead
{
    private const int GoalOfFirstPage = 50;

    /// <summary>What one partition of DynamoDB reads, in units of 4 KB a second; a room has as many as it has shards.</summary>
    private const double PartitionUnits = 3_000;

    private static readonly int[] Sizes = [10_000, 100_000, 1_000_000];

    /// <summary>Beyond it the emulator takes minutes to be filled.</summary>
    private const int LargestInEmulator = 100_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var values = Settings.ValuesIn(args);
        var rounds = values.GetValueOrDefault("--rounds", 3);
        var latency = values.GetValueOrDefault("--latency", 5);
        var table = new Table(
            "members", "server", "way", "first page", $"of the goal of {GoalOfFirstPage} ms", "whole room", "least that DynamoDB takes");

        foreach (var members in Sizes)
        {
            if (members <= LargestInEmulator)
            {
                await using var emulators = await BenchServers.StartAsync();
                await emulators.FillAsync(
                    Room.Everyone, Enumerable.Range(0, members).Select(BenchFanOut.ConnectionIdOf), Connections.Endpoint);
                await AddAsync(members, "emulator", emulators.Dynamo.Config.ServiceURL);
            }

            using var server = await ServerProcess.StartPinnedAsync("room-server", $"{members}", $"{latency}");
            await AddAsync(members, $"stand-in, {latency} ms", server.Url);
        }

        Console.WriteLine($"Median of {rounds} rounds, read strongly consistent in pages of 1,000 by one client.");
        table.Print();
        return 0;

        async Task AddAsync(int members, string server, string url)
        {
            await using var reader = new RoomReader(url);
            (string Name, Func<Action<int>, Task> ReadAsync)[] ways =
            [
                ("page after page", reader.ReadPageAfterPageAsync),
                ("as a walk does", reader.ReadAsWalkAsync),
                ("all shards in parallel", reader.ReadInParallelAsync),
            ];
            foreach (var (name, readAsync) in ways)
            {
                if (members == Sizes[0])
                    await ReadOnceAsync(members, readAsync); // for the JIT
                var reads = new List<(TimeSpan FirstPage, TimeSpan All)>();
                for (var round = 0; round < rounds; round++) reads.Add(await ReadOnceAsync(members, readAsync));
                var firstPage = Median(reads.Select(read => read.FirstPage));
                table.Add(
                    members.ToString("N0", CultureInfo.InvariantCulture),
                    server,
                    name,
                    Milliseconds(firstPage),
                    string.Create(CultureInfo.InvariantCulture, $"{firstPage.TotalMilliseconds / GoalOfFirstPage:0.00}"),
                    Milliseconds(Median(reads.Select(read => read.All))),
                    Milliseconds(LeastOf(members)));
            }
        }
    }

    private static async Task<(TimeSpan FirstPage, TimeSpan All)> ReadOnceAsync(int members, Func<Action<int>, Task> readAsync)
    {
        var read = 0;
        var firstPage = 0L;
        var begunAt = TimeProvider.System.GetTimestamp();
        await readAsync(rows =>
        {
            if (Interlocked.Add(ref read, rows) == rows)
                firstPage = TimeProvider.System.GetTimestamp();
        });
        var all = TimeProvider.System.GetElapsedTime(begunAt);
        return read == members
            ? (TimeProvider.System.GetElapsedTime(begunAt, firstPage), all)
            : throw new InvalidOperationException($"{read} of {members} members were read.");
    }

    private static TimeSpan LeastOf(int members) =>
        TimeSpan.FromSeconds((double)members * RoomServer.RowBytes / 4096 / (PartitionUnits * RegistryTables.ShardsPerRoom));

    private static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ElementAt(times.Count() / 2);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");
}
