using System.Globalization;
using ChatEvents.LocalGateway.Bills;

namespace ChatEvents.Bench.Gateway;

/// <summary>
/// The same posts to a gateway that counts what AWS would charge and to one that does not, in turns. As one pair differs by more than
/// counting can cost, there are many, and what the ledger does for a post is measured alone, too.
/// </summary>
internal static class BillComparison
{
    private const int Connections = 1_000;
    private const int WarmUps = 3;
    private const int PostsOfLedger = 5_000_000;

    public static async Task<int> RunAsync(int posts, int rounds)
    {
        using var counting = new TargetProcess(Target.Gateway);
        using var free = new TargetProcess(Target.GatewayWithoutBill);
        using var clientsOfCounting = await IdleClients.OpenAsync(counting.Address, Connections);
        using var clientsOfFree = await IdleClients.OpenAsync(free.Address, Connections);
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            await Posters.PostAsync(counting.Address, clientsOfCounting.ConnectionIds, posts);
            await Posters.PostAsync(free.Address, clientsOfFree.ConnectionIds, posts);
        }

        Print($"{"",14}{"posts/s",12}{"CPU us/post",14}");
        var (rates, cpus) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // Who comes first takes turns, too.
            var first = round % 2 == 0 ? await WithBillAsync() : await WithoutBillAsync();
            var second = round % 2 == 0 ? await WithoutBillAsync() : await WithBillAsync();
            var (with, without) = round % 2 == 0 ? (first, second) : (second, first);
            rates.Add(with.PostsPerSecond / without.PostsPerSecond);
            cpus.Add(with.CpuMicroseconds / without.CpuMicroseconds);
        }

        Print($"posts/s with the bill: {Spread(rates)} times those without; CPU per post {Spread(cpus)} times ({rounds} pairs)");
        var ledger = LedgerNanoseconds();
        Print($"the ledger takes {ledger:0} ns of a post, alone and on one thread; on two at once {LedgerNanoseconds(threads: 2):0} ns");
        return 0;

        Task<(double PostsPerSecond, double CpuMicroseconds)> WithBillAsync() => MeasureAsync("with bill", counting, clientsOfCounting.ConnectionIds, posts);
        Task<(double PostsPerSecond, double CpuMicroseconds)> WithoutBillAsync() => MeasureAsync("without", free, clientsOfFree.ConnectionIds, posts);
    }

    private static async Task<(double PostsPerSecond, double CpuMicroseconds)> MeasureAsync(
        string name, TargetProcess target, IReadOnlyList<string> ids, int posts)
    {
        var before = target.Measure();
        var elapsed = await Posters.PostAsync(target.Address, ids, posts);
        var cpu = (target.Measure().CpuSeconds - before.CpuSeconds) * 1e6 / posts;
        Print($"{name,14}{posts / elapsed.TotalSeconds,12:0}{cpu,14:0.0}");
        return (posts / elapsed.TotalSeconds, cpu);
    }

    /// <summary>What it is told of one post: a request of the account's quota, and a message sent.</summary>
    private static double LedgerNanoseconds(int threads = 1)
    {
        var ledger = new Ledger(TimeProvider.System);
        Run(PostsOfLedger / 10);
        return Run(PostsOfLedger);

        double Run(int posts)
        {
            var started = TimeProvider.System.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
            {
                for (var post = 0; post < posts / threads; post++)
                {
                    ledger.Requested();
                    ledger.Sent(100);
                }
            });
            return TimeProvider.System.GetElapsedTime(started).TotalNanoseconds / posts;
        }
    }

    /// <summary>The median, and between which two the middle half is.</summary>
    private static string Spread(List<double> ratios)
    {
        ratios.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ratios[ratios.Count / 2]:0.000} ({ratios[ratios.Count / 4]:0.000} - {ratios[ratios.Count * 3 / 4]:0.000})");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
