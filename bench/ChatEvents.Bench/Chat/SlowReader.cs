using System.Globalization;
using ChatEvents.Bench.Gateway;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench.Chat;

/// <summary>
/// How long 10,000 clients wait for a message, from its queue to their sockets: of two rooms with the same clients, one has one more
/// that does not read and is parked. Both take turns, so that whatever else goes on in the machine meets both.
/// </summary>
internal static class SlowReader
{
    private const int Connections = 10_000;
    private const string Readers = "readers";
    private const string WithSlowReader = "readers-and-a-slow-one";
    private const string OnlySlowReader = "the-slow-one";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(Settings settings)
    {
        await using var chat = await BenchChat.StartAsync(settings.Http, quota: 0);
        using var clients = await IdleClients.OpenAsync(chat.Gateway.Address, Connections - 1);
        using var slow = await IdleClients.OpenAsync(chat.Gateway.Address, 1, read: false);
        await chat.JoinAsync(Readers, clients.ConnectionIds);
        await chat.JoinAsync(WithSlowReader, [.. clients.ConnectionIds, .. slow.ConnectionIds]);
        await chat.JoinAsync(OnlySlowReader, slow.ConnectionIds);
        var worker = await chat.StartWorkerAsync(builder => builder.Services.Configure<FanOutOptions>(options =>
        {
            // Or it would be closed in the middle.
            options.ParkedFor = TimeSpan.FromMinutes(10);
            options.ParkedBytes = 64 * 1024 * 1024;
        }));
        var late = worker.GetRequiredService<LateDeliveries>();
        var arrivals = new Arrivals(clients);
        await ParkAsync(chat, late);

        var parkedThroughout = true;
        var without = new List<TimeSpan>();
        var with = new List<TimeSpan>();
        for (var round = -1; round < settings.Rounds; round++)
        {
            var (first, second) = (await SlowestPercentAsync(Readers), await SlowestPercentAsync(WithSlowReader));
            if (round < 0)
                continue; // cold

            parkedThroughout &= late.Count > 0;
            without.Add(first);
            with.Add(second);
        }

        Console.WriteLine($"One message to {Connections} clients, median of {settings.Rounds} rounds.");
        if (!parkedThroughout) Console.WriteLine("The one that does not read was not parked in every round.");
        var table = new Table("", "99 of 100 clients have it within", "ratio");
        var (base99, slow99) = (Median(without), Median(with));
        table.Add("all clients read", InMilliseconds(base99), "1");
        table.Add("one does not read", InMilliseconds(slow99), string.Create(CultureInfo.InvariantCulture, $"{slow99 / base99:0.000}"));
        table.Print();
        return 0;

        async Task<TimeSpan> SlowestPercentAsync(string room)
        {
            arrivals.Expect();
            var postedAt = TimeProvider.System.GetTimestamp();
            await chat.SayAsync(room, "hello");
            return TimeProvider.System.GetElapsedTime(postedAt, await arrivals.AtAsync(0.99));
        }
    }

    /// <summary>Long messages until the buffers between gateway and client are full, and a post is refused.</summary>
    private static async Task ParkAsync(BenchChat chat, LateDeliveries late)
    {
        while (late.Count == 0)
        {
            await chat.SayAsync(OnlySlowReader, new string('x', 100_000));
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private static TimeSpan Median(List<TimeSpan> values) => values.Order().ElementAt(values.Count / 2);

    private static string InMilliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");
}
