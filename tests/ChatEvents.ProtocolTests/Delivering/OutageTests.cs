using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>
/// What the table of OutageTests among the unit tests says of an outage, on real sockets, queues and tables. How long it lasts is the same
/// here, as the clock is real.
/// </summary>
public sealed class OutageTests(EmulatorsFixture emulators)
{
    private static readonly TimeSpan PostTimeout = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData(Failing.Refused, 1)]
    [InlineData(Failing.Refused, 3)]
    [InlineData(Failing.Reset, 3)]
    [InlineData(Failing.Hang, 1)]
    [InlineData(Failing.Hang, 3)]
    [InlineData(Failing.NoSuchName, 3)]
    [InlineData(Failing.NoTls, 3)]
    [InlineData(Failing.ExpiredCertificate, 3)]
    public async Task However_the_way_to_the_gateway_fails_nobody_loses_a_message_or_hears_one_out_of_order(Failing failing, int connections)
    {
        await using var network = new FailingNetwork();
        await using var system = await FanOutSystem.StartAsync(emulators, TestContext.Current.CancellationToken);
        var clients = await system.ConnectAsync(connections);
        var handler = GatewayHttp.CreateHandler(new FanOutOptions { PostTimeout = PostTimeout });
        handler.ConnectCallback = network.ConnectAsync;
        using var gateways = new HttpMessageInvoker(handler);
        await system.StartWorkerAsync(
            builder => builder.Services.AddSingleton(gateways), ("FanOut:PostTimeout", $"{PostTimeout}"), ("FanOut:Attempts", "2"));
        await system.SayAsync("1");
        await FanOutSystem.UntilReceivedAsync(clients, 1);
        await system.UntilQueueIsEmptyAsync(); // so every answer has arrived; else a post is made again

        network.Fail(failing);
        await system.SayAsync("2");
        await system.SayAsync("3");
        await UntilLoggedAsync(system, "Warning: No post to the gateway");
        Assert.All(clients, client => Assert.Equal(["Echo: 1"], client.Received));
        network.Mend();
        await UntilLoggedAsync(system, "go on after");

        await system.SayAsync("4");
        await FanOutSystem.UntilReceivedAsync(clients, 4);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: 1", "Echo: 2", "Echo: 3", "Echo: 4"], client.Received));
        Assert.Equal(0, await system.CountDeadLettersAsync());
        Assert.DoesNotContain(system.Logs.Lines, line => line.Contains("goes back to", StringComparison.Ordinal));
    }

    private static Task UntilLoggedAsync(FanOutSystem system, string text) => Patiently.UntilAsync(
        text, () => system.Logs.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)), Cancellation);
}
