using System.Globalization;
using ChatEvents.Contracts;

namespace ChatEvents.Bench.Registry;

/// <summary>What DynamoDB charges for a connect, a disconnect and what else the registry hears of.</summary>
internal static class RegistryCost
{
    private const double Goal = 4;

    /// <summary>What a worker has in hand at most, by default.</summary>
    private const int InHand = 64;

    private const int PerSecond = 500;

    public static async Task<int> RunAsync(string[] args)
    {
        var alone = Settings.ValuesIn(args).GetValueOrDefault("--connections", 200);
        var crowd = alone * 10;
        await using var registry = await BenchRegistry.StartAsync();
        var table = new Table("event", "requests", "items written", "items read", "write units", "read units", "units", $"of the goal of {Goal}");

        await AddAsync("connect, alone", alone, 1, number => Connections.Opened($"alone-{number}="));
        await AddAsync($"connect, {InHand} in hand", crowd, InHand, number => Connections.Opened($"crowd-{number}="));
        await AddAsync("disconnect, alone", alone, 1, number => Connections.Closed($"alone-{number}="));
        await AddAsync($"disconnect, {InHand} in hand", crowd, InHand, number => Connections.Closed($"crowd-{number}="));
        await AddPacedAsync("connect", number => Connections.Opened($"paced-{number}="));
        await AddPacedAsync("disconnect", number => Connections.Closed($"paced-{number}="));
        await AddAsync("connect in two more rooms, alone", alone, 1, number => Connections.Opened($"rooms-{number}=", "blue", "red"), hasGoal: false);
        await AddAsync("join, alone", alone, 1, number => Connections.Changed($"rooms-{number}=", "green", isIn: true), hasGoal: false);
        await AddAsync("leave, alone", alone, 1, number => Connections.Changed($"rooms-{number}=", "green", isIn: false), hasGoal: false);
        await AddAsync("disconnect from two more rooms, alone", alone, 1, number => Connections.Closed($"rooms-{number}="), hasGoal: false);

        Console.WriteLine("Per event, as the server reports it (ReturnConsumedCapacity); a failed condition and an empty query count 1, as AWS has it.");
        table.Print();
        return 0;

        async Task AddAsync(string what, int count, int atOnce, Func<int, IRouteEvent> eventOf, bool hasGoal = true)
        {
            registry.DynamoDb.Take();
            await Measure.ForEachAsync(count, atOnce, number => registry.HandleAsync(eventOf(number)));
            Add(what, count, registry.DynamoDb.Take(), hasGoal);
        }

        async Task AddPacedAsync(string what, Func<int, IRouteEvent> eventOf)
        {
            registry.DynamoDb.Take();
            await PacedAsync(crowd, number => registry.HandleAsync(eventOf(number)));
            Add($"{what}, {PerSecond} a second", crowd, registry.DynamoDb.Take(), hasGoal: true);
        }

        void Add(string what, int count, RequestUsage usage, bool hasGoal) => table.Add(
                what,
                Per((double)usage.Requests / count),
                Per((double)usage.Written / count),
                Per((double)usage.Read / count),
                Per(usage.WriteUnits / count),
                Per(usage.ReadUnits / count),
                Per(usage.Units / count),
                hasGoal ? string.Create(CultureInfo.InvariantCulture, $"{usage.Units / count / Goal:0.00}") : "");
    }

    /// <summary>Begins so many a second, whether or not those before have ended.</summary>
    private static async Task PacedAsync(int count, Func<int, Task> body)
    {
        var begun = new List<Task>();
        var begunAt = TimeProvider.System.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        while (begun.Count < count)
        {
            await tick.WaitForNextTickAsync();
            var due = Math.Min(count, PerSecond * TimeProvider.System.GetElapsedTime(begunAt).TotalSeconds);
            while (begun.Count < due) begun.Add(body(begun.Count));
        }

        await Task.WhenAll(begun);
    }

    private static string Per(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
