using System.Globalization;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// Clients come, join, talk and drop for some seconds, or as many as CHURN_SECONDS says (a minute, by hand). What they cost is given back.
/// </summary>
[Collection<OneLocalSystem>]
public sealed class ChurnTests(LocalSystemFixture local)
{
    private const int ClientsAtOnce = 12;

    /// <summary>
    /// By how much the system may grow: its heap has not seen its largest load before. A leak of a connection's buffers would be some
    /// hundred megabytes in a minute, one of its sockets some thousand handles.
    /// </summary>
    private const int MegabytesMore = 200, HandlesMore = 100, ThreadsMore = 40;

    /// <summary>Clients of HTTP keep idle connections for a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("CHURN_SECONDS") ?? "8", CultureInfo.InvariantCulture));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task Clients_that_come_and_go_leave_neither_memory_nor_handles_nor_threads_behind()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null || !Directory.Exists("/proc/self/fd"), "It needs a system of its own, and /proc.");
        await ChurnAsync(TimeSpan.FromSeconds(3)); // what is made once is there afterwards
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var before = Use.Of(local.Process!.Id);

        var clients = await ChurnAsync(Length);

        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await Patiently.SeeAsync(
            $"what {clients} clients cost to be given back, beyond {before}",
            () => Task.FromResult(Use.Of(local.Process!.Id)),
            after => after.Megabytes <= before.Megabytes + MegabytesMore
                && after.Handles <= before.Handles + HandlesMore
                && after.Threads <= before.Threads + ThreadsMore,
            cancellation,
            Patience);
    }

    private async Task<int> ChurnAsync(TimeSpan length)
    {
        using var ending = new CancellationTokenSource(length, TimeProvider.System);
        var clients = await Task.WhenAll(Enumerable.Range(0, ClientsAtOnce).Select(number => ComeAndGoAsync(number, ending.Token)));
        return clients.Sum();
    }

    private async Task<int> ComeAndGoAsync(int number, CancellationToken ending)
    {
        var clients = 0;
        for (; !ending.IsCancellationRequested; clients++)
        {
            var client = await ChatClient.ConnectAsync(new Uri($"{local.Url}?room=room{number % 3}"), Cancellation);
            await client.SendAsync($$"""{"action":"join","room":"churn{{clients % 7}}"}""", Cancellation);
            await client.PostAsync($"hello from {number}", Cancellation);
            await client.SendAsync("""{"action":"who"}""", Cancellation);
            await client.UntilAsync(received => received.Contains($"Echo: hello from {number}"), Cancellation);
            if (clients % 2 == 0) client.Drop();
            await client.DisposeAsync();
        }

        return clients;
    }

    /// <param name="Megabytes">Memory that it has in use.</param>
    /// <param name="Handles">Files and sockets that it has open.</param>
    /// <param name="Threads">Its threads.</param>
    private readonly record struct Use(int Megabytes, int Handles, int Threads)
    {
        public static Use Of(int processId)
        {
            var status = File.ReadLines($"/proc/{processId}/status").ToList();
            return new(Value("VmRSS:") / 1_024, Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length, Value("Threads:"));

            int Value(string name) => int.Parse(
                status.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture);
        }
    }
}
