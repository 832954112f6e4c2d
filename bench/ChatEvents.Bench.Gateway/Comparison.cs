using System.Globalization;

namespace ChatEvents.Bench.Gateway;

/// <summary>Idle connections first, then the same posts to the gateway and to a bare endpoint, in turns so that noise hits both.</summary>
internal static class Comparison
{
    /// <summary>Rounds that nobody counts: the JIT needs some until the code is as quick as it gets.</summary>
    private const int WarmUps = 2;

    public static async Task<int> RunAsync(int connections, int posts, int rounds)
    {
        using var gateway = new TargetProcess(Target.Gateway);
        using var bare = new TargetProcess(Target.Bare);
        var before = gateway.Measure(collect: true);
        var opening = TimeProvider.System.GetTimestamp();
        using var clients = await IdleClients.OpenAsync(gateway.Address, connections);
        var opened = TimeProvider.System.GetElapsedTime(opening);
        var idle = gateway.Measure(collect: true);
        Print($"{connections} connections opened in {opened.TotalSeconds:0.0} s: {connections / opened.TotalSeconds:0} per second");
        Print($"idle: {(idle.ManagedBytes - before.ManagedBytes) / connections} bytes of managed heap and {(idle.WorkingSetBytes - before.WorkingSetBytes) / connections} bytes of working set per connection");

        var ids = clients.ConnectionIds;
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            await Posters.PostAsync(gateway.Address, ids, posts);
            await Posters.PostAsync(bare.Address, ids, posts);
        }

        Print($"{"",10}{"posts/s",12}{"CPU us/post",14}{"bytes/post",12}");
        var ratios = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var floor = await MeasureAsync("bare", bare, ids, posts);
            var ours = await MeasureAsync("gateway", gateway, ids, posts);
            ratios.Add(ours / floor);
        }

        // Two bytes of header and a hundred of text each; the clients may still be reading.
        var expected = 102L * (WarmUps + rounds) * posts;
        for (var patience = 0; clients.Received < expected && patience < 100; patience++)
            await Task.Delay(50);
        if (clients.Received != expected)
            throw new InvalidOperationException($"The clients should have received {expected} bytes, but received {clients.Received}.");
        ratios.Sort();
        Print($"CPU of the gateway per post: {ratios[ratios.Count / 2]:0.00} times that of the bare endpoint (median of {rounds})");
        return 0;
    }

    private static async Task<double> MeasureAsync(string name, TargetProcess target, IReadOnlyList<string> ids, int posts)
    {
        var before = target.Measure();
        var elapsed = await Posters.PostAsync(target.Address, ids, posts);
        var after = target.Measure();
        var cpu = (after.CpuSeconds - before.CpuSeconds) * 1e6 / posts;
        Print($"{name,10}{posts / elapsed.TotalSeconds,12:0}{cpu,14:0.0}{(after.AllocatedBytes - before.AllocatedBytes) / posts,12}");
        return cpu;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
