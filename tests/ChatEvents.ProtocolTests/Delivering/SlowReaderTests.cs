using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>A WebSocket that nobody reads from: it parks only itself, for so long, so many messages and so many bytes.</summary>
public sealed class SlowReaderTests(EmulatorsFixture emulators)
{
    /// <summary>Long messages fill the buffers of the operating system sooner.</summary>
    private const int MessageLength = Limits.MaxGatewayMessageBytes - 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task While_one_client_does_not_read_the_others_get_everything_and_the_rate_does_not_fall()
    {
        await using var system = await FanOutSystem.StartAsync(emulators, TestContext.Current.CancellationToken);
        var others = await system.ConnectAsync(5);
        var slow = await ConnectSlowReaderAsync(system);
        var worker = await system.StartWorkerAsync();

        var said = await SayUntilParkedAsync(system);
        for (var more = 0; more < 5; more++) await system.SayAsync($"after-{more}");

        await FanOutSystem.UntilReceivedAsync(others, said + 5);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(others, other => Assert.Equal(Enumerable.Range(0, 5).Select(more => $"Echo: after-{more}"), other.Received.TakeLast(5)));
        Assert.NotEqual(0, await system.CountLateAsync());
        Assert.False(worker.Services.GetRequiredService<PostRate>().IsHeldBack);
        Assert.Empty(system.Gateway.Seen("disconnect"));

        // It reads again, and gets what waited: nothing is lost to it, and nothing came out of turn.
        _ = slow.ReadAsync();
        await FanOutSystem.UntilReceivedAsync([slow], said + 5);
        Assert.Equal(others[0].Received, slow.Received);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_parked_client_is_closed_when_more_messages_wait_for_it_than_it_may_have()
    {
        await using var system = await FanOutSystem.StartAsync(emulators, TestContext.Current.CancellationToken);
        var others = await system.ConnectAsync(3);
        var slow = await ConnectSlowReaderAsync(system);
        await system.StartWorkerAsync(("FanOut:ParkedMessages", "3"), ("FanOut:MaxRetryDelay", "00:00:00.500"));

        var said = await SayUntilParkedAsync(system);
        for (var more = 0; more < 4; more++) await system.SayAsync($"after-{more}");

        await UntilClosedAsync(system, slow);
        await FanOutSystem.UntilReceivedAsync(others, said + 4);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_parked_client_is_closed_when_more_bytes_wait_for_it_than_it_may_have()
    {
        await using var system = await FanOutSystem.StartAsync(emulators, TestContext.Current.CancellationToken);
        var others = await system.ConnectAsync(3);
        var slow = await ConnectSlowReaderAsync(system);
        await system.StartWorkerAsync(("FanOut:ParkedBytes", "262144"), ("FanOut:MaxRetryDelay", "00:00:00.500"));

        var said = await SayUntilParkedAsync(system);
        for (var more = 0; more < 3; more++) await system.SayAsync($"after-{more}", MessageLength);

        await UntilClosedAsync(system, slow);
        await FanOutSystem.UntilReceivedAsync(others, said + 3);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_parked_client_is_closed_when_its_time_is_over()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await FanOutSystem.StartAsync(emulators, cancellation);
        var others = await system.ConnectAsync(3);
        var slow = await ConnectSlowReaderAsync(system);
        await system.StartWorkerAsync(("FanOut:ParkedFor", "00:00:02"), ("FanOut:MaxRetryDelay", "00:00:00.500"));

        var begunAt = TimeProvider.System.GetTimestamp();
        var said = await SayUntilParkedAsync(system);

        await UntilClosedAsync(system, slow);
        Assert.True(TimeProvider.System.GetElapsedTime(begunAt) >= TimeSpan.FromSeconds(2), "it was closed before its time was over");
        await FanOutSystem.UntilReceivedAsync(others, said);
        await Patiently.UntilAsync(
            "a line that says so",
            () => system.Logs.Lines.Any(line => line.StartsWith($"Warning: Closed connection {slow.Id}, which does not read", StringComparison.Ordinal)),
            cancellation);
    }

    private static async Task<GatewayClient> ConnectSlowReaderAsync(FanOutSystem system)
    {
        var slow = await system.OpenAsync();
        await system.RegisterAsync(slow.Id, TimeSpan.FromHours(1));
        return slow;
    }

    /// <returns>How many messages that took.</returns>
    private static async Task<int> SayUntilParkedAsync(FanOutSystem system)
    {
        var said = 0;
        while (await system.CountLateAsync() == 0)
        {
            // No faster than they are delivered: nothing may be on the way behind the first one that does not fit.
            await system.SayAsync($"fill-{said++}", MessageLength);
            await system.UntilQueueIsEmptyAsync();
        }

        return said;
    }

    /// <summary>Waits for the end by DELETE: <c>$disconnect</c> is told, and the client sees it once it reads again.</summary>
    private static async Task UntilClosedAsync(FanOutSystem system, GatewayClient slow)
    {
        var disconnect = await system.Gateway.EventAsync("disconnect", Cancellation, @event => @event.ConnectionId() == slow.Id);
        Assert.Equal("1000", disconnect.Context().Text("disconnectStatusCode"));
    }
}
