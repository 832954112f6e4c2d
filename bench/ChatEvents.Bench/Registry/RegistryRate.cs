using System.Globalization;
using ChatEvents.Contracts;

namespace ChatEvents.Bench.Registry;

/// <summary>
/// How many connects and disconnects a second one registry worker keeps up with, and what CPU that takes it. Events come by SQS's
/// protocol, rows go by DynamoDB's; load, emulators and worker are processes apart.
/// </summary>
internal static class RegistryRate
{
    private const double GoalOfCpu = 0.5;

    /// <summary>What a backlog has per second of the offered rate: enough to take a while.</summary>
    private const int BacklogSeconds = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var values = Settings.ValuesIn(args);
        var rate = values.GetValueOrDefault("--rate", 500);
        var seconds = values.GetValueOrDefault("--seconds", 20);
        await using var registry = await BenchRegistry.StartAsync();
        using var worker = await RegistryProcess.StartAsync(registry.Environment);
        var feed = new EventFeed(registry.Publisher, registry.Sqs);
        var table = new Table(
            "events", "offered", "handled", "waiting at the end", "CPU of the worker", "CPU per event", $"of the goal of {GoalOfCpu} vCPU");

        // The JIT needs some thousand events until the code is as quick as it gets.
        await feed.OfferAsync(rate, seconds, number => Connections.Opened($"warm-{number}="));
        await feed.UntilHandledAsync();

        await AddAsync("connects", rate, number => Connections.Opened($"steady-{number}="));
        await AddAsync("disconnects", rate, number => Connections.Closed($"steady-{number}="));
        await AddBacklogAsync();

        Console.WriteLine($"One registry worker, {seconds} s each; SQS and DynamoDB are emulators on the same {Environment.ProcessorCount} CPUs.");
        table.Print();
        return 0;

        async Task AddAsync(string what, int offered, Func<int, IRouteEvent> eventOf)
        {
            var (cpu, startedAt) = (worker.Cpu, TimeProvider.System.GetTimestamp());
            var sent = await feed.OfferAsync(offered, seconds, eventOf);
            var took = TimeProvider.System.GetElapsedTime(startedAt);
            var waiting = await feed.CountWaitingAsync();
            Add(what, $"{sent / took.TotalSeconds:0}/s", sent - waiting, $"{waiting}", worker.Cpu - cpu, took);
            await feed.UntilHandledAsync();
        }

        async Task AddBacklogAsync()
        {
            var (cpu, startedAt) = (worker.Cpu, TimeProvider.System.GetTimestamp());
            var sent = await feed.SendAsync(rate * BacklogSeconds, number => Connections.Opened($"backlog-{number}="));
            await feed.UntilHandledAsync();
            Add("connects, a backlog", $"{sent} at once", sent, "0", worker.Cpu - cpu, TimeProvider.System.GetElapsedTime(startedAt));
        }

        void Add(string what, string offered, int handled, string waiting, TimeSpan cpu, TimeSpan took) => table.Add(
            what,
            offered,
            string.Create(CultureInfo.InvariantCulture, $"{handled / took.TotalSeconds:0}/s"),
            waiting,
            string.Create(CultureInfo.InvariantCulture, $"{cpu / took:0.00} vCPU"),
            string.Create(CultureInfo.InvariantCulture, $"{cpu.TotalMicroseconds / handled:0} us"),
            string.Create(CultureInfo.InvariantCulture, $"{cpu / took / GoalOfCpu:0.00}"));
    }
}
