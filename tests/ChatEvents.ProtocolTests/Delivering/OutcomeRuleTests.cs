using System.Net;
using System.Net.Sockets;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>What the worker does about each outcome, from the queue to the WebSockets. The same over either version of HTTP.</summary>
public abstract class OutcomeRuleTests(EmulatorsFixture emulators, HttpChoice http)
{
    private const string NeverConnected = "Qv7kLd3mIAMCJw8=";

    [Fact(Timeout = 60_000)]
    public async Task A_connection_found_gone_long_after_its_handshake_is_reported_stale_once_and_keeps_nobody_waiting()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var clients = await system.ConnectAsync(3);
        await system.RegisterAsync(NeverConnected, TimeSpan.FromMinutes(5));
        await system.StartWorkerAsync();

        await system.SayAsync("1");

        await FanOutSystem.UntilReceivedAsync(clients, 1);
        var reports = await Patiently.SeeAsync("the report", system.TakeReportsAsync, reports => reports.Count > 0, cancellation);
        var report = Assert.Single(reports);
        Assert.Equal((NeverConnected, ClosedBecause.Gone), (report.ConnectionId, report.Because));
        await system.UntilQueueIsEmptyAsync();
        Assert.Empty(await system.TakeReportsAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_is_gone_until_its_handshake_ends_gets_every_message_in_order_and_is_never_reported()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken);
        var old = await system.ConnectAsync();
        var handshakeMayEnd = new TaskCompletionSource();
        var inHandshake = new TaskCompletionSource<string>();
        system.OnConnect = id =>
        {
            inHandshake.SetResult(id);
            return handshakeMayEnd.Task;
        };
        await system.StartWorkerAsync();
        var connecting = system.OpenAsync();
        await system.RegisterAsync(await inHandshake.Task, TimeSpan.FromSeconds(1));

        await system.SayAsync("1");
        await system.SayAsync("2");
        await FanOutSystem.UntilReceivedAsync([old], 2);
        Assert.NotEqual(0, await system.CountLateAsync());

        handshakeMayEnd.SetResult();
        var client = await connecting;
        _ = client.ReadAsync();
        await FanOutSystem.UntilReceivedAsync([client], 2);
        Assert.Equal(["Echo: 1", "Echo: 2"], client.Received);
        Assert.Empty(await system.TakeReportsAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_fails_for_a_while_gets_every_message_again_and_no_connection_gets_one_twice()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation, options => (options.Faults.ErrorRate, options.Faults.ErrorStatus, options.Faults.Seed) = (0.5, 503, 7));
        var clients = await system.ConnectAsync(30);
        await system.StartWorkerAsync(("FanOut:Attempts", "20"), ("FanOut:RetryDelay", "00:00:00.020"));

        await system.SayAsync("1");
        await system.SayAsync("2");

        await FanOutSystem.UntilReceivedAsync(clients, 2);
        await system.InjectAsync(new { });
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: 1", "Echo: 2"], client.Received));
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_nobody_listens_posts_wait_until_the_message_is_too_old_and_it_is_done_after_all_attempts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var clients = await system.ConnectAsync(3);
        await system.RegisterAtAsync(UnusedEndpoint(), NeverConnected, TimeSpan.FromMinutes(5));
        await system.StartWorkerAsync(
            ("FanOut:Attempts", "3"), ("FanOut:RetryDelay", "00:00:00.010"), ("FanOut:MaxMessageAge", "00:00:02"));

        await system.SayAsync("1");

        await FanOutSystem.UntilReceivedAsync(clients, 1);
        await Patiently.UntilAsync(
            "a line about it", () => system.Logs.Lines.Any(line => line.Contains("was not delivered", StringComparison.Ordinal)), cancellation);
        var line = Assert.Single(system.Logs.Lines, line => line.Contains("was not delivered", StringComparison.Ordinal));
        Assert.StartsWith("Warning: Message everyone-1 was not delivered to 1 connections", line, StringComparison.Ordinal);
        Assert.Contains(NeverConnected, line, StringComparison.Ordinal);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: 1"], client.Received));
        Assert.Empty(await system.TakeReportsAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_forbidden_everywhere_stays_on_its_queue_until_the_worker_is_trusted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var clients = await system.ConnectAsync(5);
        await system.TrustWorkersAsync(false);
        await system.StartWorkerAsync(("FanOut:Queue:ReturnDelay", "00:00:00"));

        await system.SayAsync("1");
        await Patiently.UntilAsync(
            "a line about it",
            () => system.Logs.Lines.Any(line => line.Contains("execute-api:ManageConnections", StringComparison.Ordinal)
                || line.Contains("failed", StringComparison.Ordinal)),
            cancellation);
        await system.TrustWorkersAsync(true);

        await FanOutSystem.UntilReceivedAsync(clients, 1);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: 1"], client.Received));
        Assert.Equal(0, await system.CountDeadLettersAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_the_gateway_finds_too_long_is_not_posted_again_and_the_next_one_goes_through()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken, options => options.Limits.MessageBytes = 1024);
        var clients = await system.ConnectAsync(5);
        await system.StartWorkerAsync();

        await system.SayAsync("long", length: 2_000);
        await system.SayAsync("short");

        await FanOutSystem.UntilReceivedAsync(clients, 1);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: short"], client.Received));
    }

    [Fact(Timeout = 120_000)]
    public async Task Refusals_by_the_account_slow_the_worker_as_a_whole_and_cost_nobody_a_message()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Quota = 300;
        const int Messages = 5;
        var time = new FakeTime();
        await using var system = await StartAsync(
            cancellation,
            options => (options.Throttle.RequestsPerSecond, options.Throttle.Burst) = (Quota, Quota), time);
        var clients = await system.ConnectAsync(150);
        time.Advance(TimeSpan.FromSeconds(1)); // the connects have used some of the quota
        var worker = await system.StartWorkerAsync();
        var rate = worker.Services.GetRequiredService<PostRate>();
        var pacer = worker.Services.GetRequiredService<PostPacer>();
        using var posts = new PostsUnderWay(worker);
        var slowest = rate.Current;

        for (var message = 0; message < Messages; message++) await system.SayAsync($"{message}");

        // The clock moves with each look, so they are many. Slower than on the wall where no post waits for its turn: a machine under load
        // would be below the quota.
        while (!clients.All(client => client.Received.Count >= Messages))
        {
            if (!posts.AreThere) time.Advance(TimeSpan.FromMilliseconds(pacer.Waiting > 0 ? 20 : 5));
            slowest = Math.Min(slowest, rate.Current);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
        }

        Assert.InRange(slowest, 1, 10 * Quota);
        Assert.All(clients, client => Assert.Equal(Enumerable.Range(0, Messages).Select(message => $"Echo: {message}"), client.Received));
        Assert.DoesNotContain(system.Logs.Lines, line => line.Contains("Closed connection", StringComparison.Ordinal));
    }

    private Task<FanOutSystem> StartAsync(
        CancellationToken cancellation, Action<GatewayOptions>? configure = null, TimeProvider? time = null) =>
        FanOutSystem.StartAsync(emulators, cancellation, configure, time, http);

    private static string UnusedEndpoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}/local";
    }
}

public sealed class Http1OutcomeRuleTests(EmulatorsFixture emulators) : OutcomeRuleTests(emulators, HttpChoice.Http1);

public sealed class Http2OutcomeRuleTests(EmulatorsFixture emulators) : OutcomeRuleTests(emulators, HttpChoice.Http2);
