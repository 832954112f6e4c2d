using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>
/// What clients are promised, under faults and with the real system. All libraries are in each scenario side by side, by a program of each
/// (<see cref="ScenarioProgram"/>), so that all have to do the same. Times that are minutes in reality are shortened, and nothing is left out.
/// </summary>
public sealed class ScenarioTests(ScenarioSystem system, ITestOutputHelper output) : IClassFixture<ScenarioSystem>
{
    /// <summary>Of the chance; fixed, so that each run is cut at the same times.</summary>
    private const int Seed = 14;

    /// <summary>Of each library.</summary>
    private const int JitteryClients = 5;

    /// <summary>A tenth of the default, and less where it is waited for.</summary>
    private static readonly object Options = new { minDelay = 50, maxDelay = 1_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <remarks>These wait more than they work, and run at the same time, each in a room of its own.</remarks>
    [Fact(Timeout = 1_200_000)]
    public async Task Cut_off_asleep_slow_offline_or_with_a_token_that_ends_clients_hear_everything_once_and_are_told_what_is_lost()
    {
        var cancellation = TestContext.Current.CancellationToken;
        cancellation.ThrowIfCancellationRequested();
        await ScenarioSystem.AllAsync(
            ("cut off again and again", JitterAsync),
            ("a token that ends", NextTokenAsync),
            ("a history that no longer reaches back", GapAsync),
            ("a laptop that sleeps", SleepAsync),
            ("handlers that are slow", SlowHandlersAsync),
            ("ten thousand messages sent offline", OfflineAsync));
    }

    [Fact(Timeout = 240_000)]
    public async Task A_system_that_is_killed_and_started_again_costs_no_message()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var clients = await ConnectAsync("restart", [system.Url], count: 5);
        var saying = system.Speaker.SayAsync("restart", 80, TimeSpan.FromMilliseconds(50));
        await clients.UntilHeardAsync(20);
        cancellation.ThrowIfCancellationRequested();
        await system.KillAsync();
        await system.StartAgainAsync();

        await clients.AssertHeardAsync(await saying);
        await clients.CloseAsync();
    }

    /// <summary>What is counted is connections and not seconds: a loaded machine takes longer for as many.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Five_hundred_clients_that_all_reconnect_at_once_are_back_within_one_second_of_the_quota_and_miss_nothing()
    {
        const int Crowd = 500, Quota = 500;
        var cancellation = TestContext.Current.CancellationToken;
        await using var line = CuttableLine.To(system.Url);

        // Nobody gives up a handshake because this machine has five hundred of them in hand.
        var options = new { minDelay = 50, maxDelay = 1_000, patience = 60_000 };
        var clients = await ConnectAsync("crowd", [line.Url], Crowd / system.Programs.Count, options: options);
        var said = (await system.Speaker.SayAsync("crowd", 3, TimeSpan.Zero)).ToList();
        await clients.UntilHeardAsync(said.Count);

        line.Cut();
        var connectedBefore = line.Accepted;
        said.AddRange(await system.Speaker.SayAsync("crowd", 3, TimeSpan.Zero));
        await DelayAsync(500);
        line.Repair();
        var repaired = TimeProvider.System.GetTimestamp();
        said.AddRange(await system.Speaker.SayAsync("crowd", 3, TimeSpan.FromMilliseconds(200)));
        cancellation.ThrowIfCancellationRequested();

        await clients.AssertHeardAsync(said);
        output.WriteLine($"{clients.All.Count} clients had everything {TimeProvider.System.GetElapsedTime(repaired).TotalSeconds:0.0} s after the line was back.");

        // Whom the gateway refuses comes again. So each has asked once, and all of them together as often as the quota allows within a second.
        Assert.Equal(Crowd, line.Accepted - connectedBefore);
        Assert.InRange(await MostConnectsInASecondAsync(), 1, Quota);
        await clients.CloseAsync();
    }

    /// <summary>
    /// Mobile clients lose their network for 1 to 5 s, again and again, while somebody writes ten messages a second for five minutes. All of it is ten
    /// times as fast; each client has its own cuts.
    /// </summary>
    private async Task JitterAsync()
    {
        const int Messages = 3_000;
        var lines = Enumerable.Range(0, JitteryClients).Select(_ => CuttableLine.To(system.Url)).ToList();
        var clients = await ConnectAsync("jitter", [.. lines.Select(line => line.Url)], JitteryClients);

        var saying = system.Speaker.SayAsync("jitter", Messages, TimeSpan.FromMilliseconds(10));
        var cuts = await Task.WhenAll(lines.Select((line, number) => CutAgainAndAgainAsync(line, new Random(Seed + number), saying)));
        var said = await saying;
        var saidAt = TimeProvider.System.GetTimestamp();
        try
        {
            await clients.AssertHeardAsync(said);
        }
        finally
        {
            var late = TimeProvider.System.GetElapsedTime(saidAt);
            var heard = clients.Heard().ToList();
            var arrived = heard.Sum(one => one.Intersect(said).Count());
            output.WriteLine(
                $"{clients.All.Count} clients, each line cut off {cuts.Min()} to {cuts.Max()} times, heard {100.0 * arrived / (heard.Count * said.Count):0.0} % of "
                + $"{said.Count} messages each; {heard.Sum(one => one.Count) - arrived} were repeated, {heard.Count(one => !one.SequenceEqual(said.Intersect(one)))} clients heard "
                + $"them in another order. The last message was heard {late.TotalSeconds:0.0} s after it was said.");
        }

        await clients.CloseAsync();
        foreach (var line in lines) await line.DisposeAsync();
    }

    private static async Task<int> CutAgainAndAgainAsync(CuttableLine line, Random random, Task saying)
    {
        var cuts = 0;
        for (; !saying.IsCompleted; cuts++)
        {
            await DelayAsync(random.Next(100, 500));
            line.Cut();
            await DelayAsync(random.Next(100, 500));
            line.Repair();
        }

        return cuts;
    }

    /// <summary>It is followed by the next one, without a moment offline. A loaded machine needs some of these seconds for a handshake and a join.</summary>
    private async Task NextTokenAsync()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "token");
        await File.WriteAllTextAsync(file, ScenarioSystem.TokenFor("tess", TimeSpan.FromSeconds(24)), Cancellation);
        var clients = await ConnectAsync("token", [system.Url], count: 1, file);
        await File.WriteAllTextAsync(file, ScenarioSystem.TokenFor("tess", TimeSpan.FromHours(1)), Cancellation);

        // Until three seconds behind its end: a connection is ended soon after its token.
        await clients.AssertHeardAsync(await system.Speaker.SayAsync("token", 36, TimeSpan.FromMilliseconds(750)));
        clients.AssertNeverOffline();
        await clients.CloseAsync();
    }

    private async Task GapAsync()
    {
        await using var line = CuttableLine.To(system.Url);
        var clients = await ConnectAsync("gap", [line.Url], count: 2);
        var before = await system.Speaker.SayAsync("gap", 3, TimeSpan.Zero);
        await clients.UntilHeardAsync(before.Count);

        line.Cut();
        var missed = await system.Speaker.SayAsync("gap", 7, TimeSpan.Zero);
        await Patiently.UntilAsync("ten in the log", async () => await system.CountLoggedAsync("gap") == 10, Cancellation);
        await system.ForgetAsync("gap", upTo: 6);
        line.Repair();

        await clients.AssertHeardAsync([.. before, .. missed.Skip(3)]);
        foreach (var (program, client) in clients.All)
        {
            var told = Assert.Single(program.EventsOf(client, "discontinuity"));
            Assert.Equal((4, 6), (told.From, told.To));
        }

        await clients.CloseAsync();
    }

    /// <summary>
    /// A laptop that sleeps for five minutes: its programs stand still, its connections are gone, and nobody has told it. Only its clock shows it:
    /// pings after a silence are minutes away.
    /// </summary>
    private async Task SleepAsync()
    {
        await using var line = CuttableLine.To(system.Url);
        var laptop = await ScenarioProgram.StartAllAsync(Cancellation);
        try
        {
            var clients = await ClientGroup.ConnectAsync(
                laptop, "sleep", [line.Url], count: 2, tokenFile: null, new { minDelay = 50, maxDelay = 1_000, patience = 5_000 }, milliseconds: 0, Cancellation);
            foreach (var program in laptop) program.Signal("STOP");
            line.Freeze();
            var said = await system.Speaker.SayAsync("sleep", 20, TimeSpan.FromMilliseconds(100));
            foreach (var program in laptop)
            {
                program.Signal("CONT");
                await program.DoAsync(new { @do = "sleep", milliseconds = 300_000 });
            }

            await clients.AssertHeardAsync(said);
        }
        finally
        {
            foreach (var program in laptop) await program.DisposeAsync();
        }
    }

    private async Task SlowHandlersAsync()
    {
        var clients = await ConnectAsync("slow", [system.Url], count: 1, milliseconds: 100);

        // The libraries' own tests have more than they keep in memory.
        await clients.AssertHeardAsync(await system.Speaker.SayAsync("slow", 50, TimeSpan.Zero));
        await clients.CloseAsync();
    }

    /// <summary>As many wait as may, and the others are told.</summary>
    private async Task OfflineAsync()
    {
        const int Waiting = 50;
        await using var line = CuttableLine.To(system.Url);
        var clients = await ConnectAsync("offline", [line.Url], count: 1, options: new { minDelay = 50, maxDelay = 1_000, maxQueue = Waiting });
        line.Cut();
        foreach (var (program, client) in clients.All)
        {
            await program.DoAsync(new { @do = "send", client, room = "offline", count = 10_000 });
            await program.UntilAsync(client, "state", 3, Cancellation);
        }

        line.Repair();
        foreach (var (program, client) in clients.All)
        {
            await program.UntilAsync(client, "sent", 1, Cancellation);
            var codes = program.EventsOf(client, "sent").Single().Codes;
            Assert.Equal(new() { ["accepted"] = Waiting, ["queue_full"] = 10_000 - Waiting }, codes);
            await program.UntilAsync(client, "message", Waiting * clients.All.Count, Cancellation);
            Assert.All(clients.All, sender => Assert.Equal(
                Enumerable.Range(1, Waiting).Select(i => $"{sender.Client} {i}"),
                program.EventsOf(client, "message").Select(told => told.Text!).Where(text => text.StartsWith($"{sender.Client} ", StringComparison.Ordinal))));
        }

        await clients.CloseAsync();
    }

    /// <summary>Of all connects that the gateway was asked for since its start.</summary>
    private async Task<int> MostConnectsInASecondAsync()
    {
        using var http = new HttpClient();
        var bill = await http.GetFromJsonAsync<JsonNode>(
            new UriBuilder(system.Url) { Scheme = Uri.UriSchemeHttp, Path = "/_gateway/bill" }.Uri, Cancellation);
        return (int)bill!["usage"]!["peakConnectsPerSecond"]!;
    }

    private static Task DelayAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, Cancellation);

    private Task<ClientGroup> ConnectAsync(
        string room, IReadOnlyList<Uri> urls, int count, string? tokenFile = null, object? options = null, int milliseconds = 0) =>
        ClientGroup.ConnectAsync(system.Programs, room, urls, count, tokenFile, options ?? Options, milliseconds, Cancellation);
}
