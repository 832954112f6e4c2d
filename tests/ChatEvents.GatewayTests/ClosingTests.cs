using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Close frames are answered and obeyed at once (faults.md B7, B12). The clock stands still, so that no timeout can help.</summary>
public sealed class ClosingTests
{
    private readonly FakeTime _time = new();

    [Theory(Timeout = 60_000)]
    [InlineData(RawClient.Binary, 10, 1003)]
    [InlineData(RawClient.Text, 33 * 1024, 1009)]
    [InlineData(0xB, 10, 1002)]
    public async Task After_a_violation_the_connection_ends_with_the_clients_close_frame(byte opcode, int length, int code)
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, time: _time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(opcode, new byte[length]);
        await client.SendTextAsync("on its way before the client knew");
        Assert.Equal(code, (await client.ReadCloseAsync()).CloseCode);

        await client.SendCloseAsync(code);

        Assert.True(await client.IsEndedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task After_text_that_is_not_UTF_8_the_connection_ends_with_the_clients_close_frame()
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, time: _time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, [0xC3, 0x28]);
        Assert.Equal(1007, (await client.ReadCloseAsync()).CloseCode);

        await client.SendCloseAsync(1007);

        Assert.True(await client.IsEndedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_reason_that_a_client_gives_is_one_line_of_the_log()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, time: _time);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendCloseAsync(1000, "bye\r\n12:00:00 forged\u001b[2J");

        Assert.EndsWith(@"disconnected: 1000 bye\u000d\u000a12:00:00 forged\u001b[2J", await gateway.LogLineAsync("disconnected", cancellation), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ping_is_answered_while_all_messages_in_flight_are_in_their_functions()
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
        {
            options.Route("$default", "default");
            options.Limits.MessagesInFlightPerConnection = 1;
        }, _time);
        await using var client = await RawClient.ConnectAsync(gateway);

        for (var i = 0; i < 10; i++)
            await client.SendTextAsync("nobody serves the function");
        await client.SendFrameAsync(RawClient.Ping, Encoding.UTF8.GetBytes("alive?"));

        Assert.Equal((RawClient.Pong, "alive?"), (await client.ReadFrameAsync()) is var frame ? (frame.Opcode, frame.Text) : default);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_may_leave_while_all_messages_in_flight_are_in_their_functions()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "default").Route("$disconnect", "disconnect");
            options.Limits.MessagesInFlightPerConnection = 1;
        }, _time);
        gateway.Serve("disconnect", _ => Api.Ok);
        await using var client = await RawClient.ConnectAsync(gateway);

        for (var i = 0; i < 10; i++)
            await client.SendTextAsync("nobody serves the function");
        await client.SendCloseAsync(1000, "bye");

        Assert.Equal(1000, (await client.ReadCloseAsync()).CloseCode);
        Assert.Equal("bye", (await gateway.EventAsync("disconnect", cancellation)).Context().Text("disconnectReason"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Messages_that_wait_for_others_run_in_their_order()
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
        {
            options.Route("$default", "default", routeResponse: true);
            options.Limits.MessagesInFlightPerConnection = 1;
        });
        gateway.Serve("default", @event => new { statusCode = 200, body = @event.Text("body") }, environments: 4);
        await using var client = await RawClient.ConnectAsync(gateway);

        for (var i = 0; i < 50; i++)
            await client.SendTextAsync($"{i} {new string('x', 20_000)}");

        for (var i = 0; i < 50; i++)
            Assert.StartsWith($"{i} ", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }
}
