using System.Globalization;
using ChatEvents.Local.Emulators;

namespace ChatEvents.Bench.Gateway.Messages;

/// <summary>
/// This gateway and serverless-offline, in turns: the memory of idle connections, messages in through a Node function and its answers back,
/// and posts out to clients.
/// </summary>
internal static class RivalComparison
{
    private const int Clients = 16;

    /// <summary>Until the JIT of both sides has done its work.</summary>
    private const int WarmUps = 3;

    /// <summary>Enough that the heaps have to grow; both have accepted them within a minute.</summary>
    private const int IdleConnections = 12_000;

    private static readonly Uri OurAddress = new("http://127.0.0.1:13080");
    private static readonly Uri TheirAddress = new("http://127.0.0.1:13001");

    public static Task<int> RunAsync(int messages, int rounds) => WithBothAsync(async sides =>
    {
        await CompareMessagesAsync(sides, messages, rounds);
        await ComparePostsAsync(sides, messages, rounds);
    });

    /// <summary>
    /// On servers that have just been started, whose functions run: after much work, a heap has room for thousands of connections, and the
    /// difference says what the work left behind.
    /// </summary>
    public static Task<int> CompareMemoryAsync() => WithBothAsync(async sides =>
    {
        var costs = new List<double>();
        foreach (var side in sides)
        {
            using (await side.ConnectAsync(Clients))
            {
            }

            var before = side.Server.WorkingSetBytes;
            using var idle = await side.ConnectAsync(IdleConnections);
            costs.Add((side.Server.WorkingSetBytes - before) / (double)IdleConnections);
            Print($"{side.Name,20}{costs[^1],12:0} bytes of working set per idle connection");
        }

        Print($"working set per idle connection: {costs[1] / costs[0]:0.00} times the rival's");
    });

    private static async Task<int> WithBothAsync(Func<Side[], Task> compare)
    {
        var packages = await NodePackages.InstallAsync("Rival", "serverless-offline", Console.WriteLine, TimeProvider.System, CancellationToken.None);
        using var gateway = await MessageServer.StartGatewayAsync(packages.Directory);
        using var rival = await MessageServer.StartRivalAsync(packages.Directory);
        await compare([new("serverless-offline", rival, TheirAddress, ""), new("gateway", gateway, OurAddress, "/local")]);
        return 0;
    }

    private static async Task CompareMessagesAsync(Side[] sides, int messages, int rounds)
    {
        using var theirs = await sides[0].ConnectAsync(Clients);
        using var ours = await sides[1].ConnectAsync(Clients);
        await CompareAsync("message", sides, [theirs.TalkAsync, ours.TalkAsync], messages, rounds);
    }

    private static async Task ComparePostsAsync(Side[] sides, int posts, int rounds)
    {
        using var theirs = await sides[0].ConnectAsync(Clients);
        using var ours = await sides[1].ConnectAsync(Clients);
        var ids = await Task.WhenAll(theirs.ListenAsync(), ours.ListenAsync());
        await CompareAsync(
            "post", sides,
            [.. sides.Zip(ids, (side, known) => (Func<int, Task<TimeSpan>>)(count => Posters.PostAsync(side.Address, known, count, side.Stage)))],
            posts, rounds);
    }

    private static async Task CompareAsync(string what, Side[] sides, Func<int, Task<TimeSpan>>[] work, int count, int rounds)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            foreach (var run in work)
                await run(count);
        }

        Print($"{"",20}{what + "s/s",12}{"CPU us/" + what,16}");
        var rates = new List<double>();
        var costs = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var (rivalRate, rivalCost) = await MeasureAsync(sides[0], work[0], count);
            var (rate, cost) = await MeasureAsync(sides[1], work[1], count);
            rates.Add(rate / rivalRate);
            costs.Add(cost / rivalCost);
        }

        Print($"{what}s a second: {Median(rates):0.00} times the rival's; CPU per {what} with functions: {Median(costs):0.00} times (medians of {rounds})");
    }

    private static async Task<(double Rate, double Cost)> MeasureAsync(Side side, Func<int, Task<TimeSpan>> work, int count)
    {
        var before = side.Server.CpuSeconds;
        var elapsed = await work(count);
        var cost = (side.Server.CpuSeconds - before) * 1e6 / count;
        var rate = count / elapsed.TotalSeconds;
        Print($"{side.Name,20}{rate,12:0}{cost,16:0.0}");
        return (rate, cost);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Side(string Name, MessageServer Server, Uri Address, string Stage)
    {
        public Task<Chatters> ConnectAsync(int count) => Chatters.ConnectAsync(Address.Port, Stage.Length > 0 ? Stage : "/", count);
    }
}
