using System.Globalization;
using ChatEvents.Bench.Gateway;
using ChatEvents.Load.Clients;
using ChatEvents.Load.Figures;

namespace ChatEvents.Bench.Chat;

/// <summary>
/// One message to 10,000 clients while the local gateway enforces the account's default quota, 10,000 requests a second and a burst of
/// 5,000, and takes its time for each post: from before the message is put on its queue until the last client has it.
/// </summary>
internal static class Broadcast
{
    private const int Connections = 10_000;
    private const int Quota = 10_000;
    private const int WarmUps = 5;

    /// <summary>Until the burst is full again, and the rate of the worker what it was.</summary>
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Settings settings)
    {
        var latency = settings.Latency > TimeSpan.Zero ? settings.Latency : TimeSpan.FromMilliseconds(10);
        await using var chat = await BenchChat.StartAsync(settings.Http, Quota, latency);
        using var clients = await IdleClients.OpenAsync(chat.Gateway.Address, Connections);
        await chat.JoinAsync("all", clients.ConnectionIds);
        using var posts = new PostCounter();
        await chat.StartWorkerAsync(_ => { });
        var arrivals = new Arrivals(clients);

        var table = new Table("round", "queue to last client", "half of them", "refused");
        for (var round = 0; round <= settings.Rounds; round++)
        {
            await Task.Delay(BetweenRounds, TimeProvider.System);
            var refused = posts.Refused;
            arrivals.Expect();
            var putAt = TimeProvider.System.GetTimestamp();
            await chat.SayAsync("all", "Hello everyone");
            table.Add(
                round == 0 ? "first (cold)" : $"{round}",
                Since(putAt, await arrivals.AtAsync(1)),
                Since(putAt, await arrivals.AtAsync(0.5)),
                $"{posts.Refused - refused}");
        }

        table.Print();
        return 0;
    }

    /// <summary>
    /// The same in a running local system and with all of it, from before the message is sent. These clients only count bytes: what
    /// ChatEvents.Load measures is compared with it.
    /// </summary>
    public static async Task<int> RunOnAsync(Uri chat, int count, int rounds)
    {
        using var clients = await IdleClients.OpenAsync(chat, count, asksIds: false);
        using var speaker = await ChatSocket.OpenAsync(chat, CancellationToken.None);
        _ = speaker.DrainAsync(CancellationToken.None);
        var arrivals = new Arrivals(clients);
        var waits = new List<TimeSpan>();
        for (var round = -WarmUps; round < rounds; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            arrivals.Expect();
            var sentAt = TimeProvider.System.GetTimestamp();
            await speaker.SendAsync("""{"action":"onMessage","message":"Hello everyone"}""", CancellationToken.None);
            var wait = TimeProvider.System.GetElapsedTime(sentAt, await arrivals.AtAsync(1));
            if (round >= 0) waits.Add(wait);
        }

        waits.Sort();
        var table = new Table("clients", "p50 to the last client", "p90", "max");
        table.Add([$"{count}", .. new[] { 0.5, 0.9, 1 }.Select(part => Milliseconds(Percentiles.At(waits, part)))]);
        table.Print();
        return 0;
    }

    private static string Milliseconds(TimeSpan wait) => string.Create(CultureInfo.InvariantCulture, $"{wait.TotalMilliseconds:0.0} ms");

    private static string Since(long from, long to) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(from, to).TotalSeconds:0.00} s");
}
