using System.Net;
using System.Net.WebSockets;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>How long a connection lives, on a clock that the test moves.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTime _time = new();

    [Fact(Timeout = 60_000)]
    public async Task A_connection_without_messages_ends_after_ten_minutes_with_1001_Going_away()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        _time.Advance(Idle - Moment);
        Assert.Equal(WebSocketState.Open, socket.State);
        Assert.Empty(gateway.Seen("disconnect"));

        _time.Advance(Moment);
        Assert.Equal((1001, "Going away"), await socket.ReceiveCloseAsync(cancellation));
        var context = (await gateway.EventAsync("disconnect", cancellation)).Context();
        Assert.Equal(("1001", "Going away"), (context.Text("disconnectStatusCode"), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_from_the_client_starts_the_ten_minutes_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        _time.Advance(TimeSpan.FromMinutes(9));
        await socket.SendTextAsync("x", cancellation);
        await gateway.EventAsync("default", cancellation);
        await Patiently.UntilAsync("the function's answer", () => !_time.ArmedTimers.Contains(TimeSpan.FromSeconds(29)), cancellation);
        _time.Advance(Idle - Moment);
        Assert.Empty(gateway.Seen("disconnect"));
        _time.Advance(Moment);
        Assert.Equal((1001, "Going away"), await socket.ReceiveCloseAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_to_the_client_starts_the_ten_minutes_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        _time.Advance(TimeSpan.FromMinutes(9));
        using var post = await gateway.PostAsync(id, "keep alive");
        Assert.Equal("keep alive", await socket.ReceiveTextAsync(cancellation));
        _time.Advance(TimeSpan.FromMinutes(9));
        using var still = await gateway.PostAsync(id, "still here");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whether_a_ping_starts_the_ten_minutes_again_is_an_option(bool pingsCount)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options => options.Limits.PingsResetIdleTimeout = pingsCount);
        await using var client = await RawClient.ConnectAsync(gateway);
        _time.Advance(TimeSpan.FromMinutes(9));
        await client.SendFrameAsync(RawClient.Ping, "p"u8.ToArray());
        Assert.Equal(RawClient.Pong, (await client.ReadFrameAsync()).Opcode);
        _time.Advance(TimeSpan.FromMinutes(1));
        await client.SendFrameAsync(RawClient.Ping, "p"u8.ToArray());
        Assert.Equal(pingsCount ? RawClient.Pong : RawClient.Close, (await client.ReadFrameAsync()).Opcode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_ends_after_two_hours_although_it_is_active()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        for (var elapsed = TimeSpan.Zero; elapsed < TimeSpan.FromHours(2) - Idle / 2; elapsed += Idle / 2)
        {
            _time.Advance(Idle / 2);
            using var post = await gateway.PostAsync(id, "keep alive");
            Assert.Equal("keep alive", await socket.ReceiveTextAsync(cancellation));
        }

        _time.Advance(Idle / 2 - Moment);
        Assert.Empty(gateway.Seen("disconnect"));
        _time.Advance(Moment);
        Assert.Equal((1001, "Going away"), await socket.ReceiveCloseAsync(cancellation));
        Assert.Equal("1001", (await gateway.EventAsync("disconnect", cancellation)).Context().Text("disconnectStatusCode"));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_clocks_run_faster_with_a_time_scale()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options => options.Limits.TimeScale = 60);
        using var socket = await gateway.ConnectAsync(cancellation);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((1001, "Going away"), await socket.ReceiveCloseAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_answer_the_close_frame_is_cut_off_after_five_seconds()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        _time.Advance(Idle);
        Assert.Equal(1001, (await client.ReadCloseAsync()).CloseCode);
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5), cancellation);
        Assert.True(await client.IsEndedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stopping_gateway_tells_clients_and_functions_before_it_goes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        var closed = socket.ReceiveCloseAsync(cancellation);
        await gateway.StopAsync();
        Assert.Equal((1001, "Going away"), await closed);
        Assert.Single(gateway.Seen("disconnect"));
    }

    private async Task<TestGateway> StartAsync(CancellationToken cancellation, Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            configure?.Invoke(options);
        }, _time);
        gateway.ServeAll();
        return gateway;
    }
}
