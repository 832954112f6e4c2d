using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>
/// Clients that mean harm or are broken: no unhandled exception, no leaked connection, one <c>$disconnect</c> for each accepted
/// one.
/// </summary>
public sealed class HostileInputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Random_bytes_after_the_upgrade_end_in_a_close_or_wait_for_more()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        var random = new Random(20261121);
        const int clients = 300;
        for (var i = 0; i < clients; i++)
        {
            await using var client = await RawClient.ConnectAsync(
                gateway, i % 2 == 0 ? "Sec-WebSocket-Extensions: permessage-deflate" : "X-Plain: yes");
            var bytes = new byte[random.Next(1, 4096)];
            random.NextBytes(bytes);
            // Half of them begin like a proper text frame, so that the noise reaches the payload, too.
            if (i % 4 < 2 && bytes.Length > 2)
                (bytes[0], bytes[1]) = ((byte)(0x81 | (bytes[0] & 0x40)), (byte)(bytes[1] | 0x80));
            try
            {
                await client.SendBytesAsync(bytes);
                client.Socket.Shutdown(SocketShutdown.Send);
                while (!await client.IsEndedAsync())
                {
                }
            }
            catch (IOException)
            {
                // The gateway was faster in ending it.
            }
        }

        await AssertAllDisconnectedOnceAsync(gateway, clients);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/local/@connections/Qv7kLd3mIAMCJw8=")]
    [InlineData("/default/2018-06-01/runtime/invocation/1/response")]
    public async Task A_malformed_chunked_body_is_a_bad_request(string path)
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.OpenAsync(gateway.Address, Cancellation);
        await client.SendBytesAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n"));

        Assert.Equal(400, (await client.ReadAnswerAsync()).Status);

        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public void A_client_is_read_no_further_while_256_KB_wait_for_a_function_that_nobody_serves()
    {
        var nobody = new TaskCompletionSource();
        var slots = new MessageSlots(_ => nobody.Task, limit: 3);
        var read = 0;

        while (slots.AddAsync(new byte[30_000]).IsCompleted && read < 1_000)
            read++;

        Assert.Equal(3 + 8, read); // the next one made it more than 256 KB
    }

    [Fact(Timeout = 60_000)]
    public async Task JSON_of_any_depth_is_routed_by_its_action()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.ServeAll();
        await using var client = await RawClient.ConnectAsync(gateway);
        var deep = new string('[', 10_000) + new string(']', 10_000);

        await client.SendTextAsync($$"""{"deep":{{deep}},"action":"chat"}""");

        Assert.Equal("chat", (await gateway.EventAsync("chat", cancellation)).Context().Text("routeKey"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Frames_cut_off_anywhere_are_dropped_connections()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        byte[] bytes = [.. RawClient.FrameBytes(RawClient.Text, Encoding.UTF8.GetBytes("Hel"), final: false), .. RawClient.FrameBytes(RawClient.Continuation, new byte[200])];
        for (var length = 1; length < bytes.Length; length += 7)
        {
            await using var client = await RawClient.ConnectAsync(gateway);
            await client.SendBytesAsync(bytes.AsMemory(0, length));
            client.Drop();
        }

        var clients = (bytes.Length - 1 + 6) / 7;
        await AssertAllDisconnectedOnceAsync(gateway, clients);
        Assert.All(gateway.Seen("disconnect"), @event => Assert.Equal("1006", @event.Context().Text("disconnectStatusCode")));
    }

    [Fact(Timeout = 180_000)]
    public async Task Ten_thousand_connects_and_drops_leave_nothing_behind()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int clients = 10_000;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$disconnect", "disconnect");
            options.Throttle.ConnectsPerSecond = 0;
            options.Throttle.RequestsPerSecond = 0;
        });
        var seen = new ConcurrentDictionary<string, int>();
        gateway.Serve(
            "disconnect", @event => seen.AddOrUpdate(@event.ConnectionId(), 1, (_, count) => count + 1) is var _ ? Api.Ok : null,
            environments: 4);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, clients), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation },
            async (i, _) =>
        {
            await using var client = await RawClient.ConnectAsync(gateway);
            if (i % 2 == 0)
                client.Drop();
            else
                await client.SendCloseAsync(1000);
        });

        await Patiently.UntilAsync("every $disconnect", () => seen.Count == clients, cancellation, TimeSpan.FromSeconds(60));
        Assert.All(seen.Values, count => Assert.Equal(1, count));
        Assert.Equal(0, gateway.OpenConnections);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("GET /local HTTP/1.1\r\nHost: localhost\r\n")] // and then nothing
    [InlineData("G")]
    public async Task A_handshake_that_never_ends_is_cut_off(string beginning)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options => options.Limits.HandshakeTimeout = TimeSpan.FromSeconds(1));
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.SendBytesAsync(Encoding.ASCII.GetBytes(beginning));
        Assert.Equal(408, (await client.ReadAnswerAsync()).Status);
        Assert.True(await client.IsEndedAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("NONSENSE\r\n\r\n", 400)]
    [InlineData("GET /local HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("GET /local HTTP/1.1\r\nHost: localhost\r\nBroken Header\r\n\r\n", 400)]
    [InlineData("GET /local HTTP/1.1\r\n\r\n", 400)] // no Host
    [InlineData("GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 426)]
    [InlineData("GET /lo%00cal HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    public async Task A_request_that_is_not_HTTP_is_answered_and_forgotten(string request, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.SendBytesAsync(Encoding.ASCII.GetBytes(request));
        Assert.Equal(status, (await client.ReadAnswerAsync()).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task Huge_headers_are_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(431, (await client.HandshakeAsync("/local", "X-Huge: " + new string('x', 11 * 1024))).Status);
        Assert.Empty(gateway.Seen("connect"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_sends_after_its_close_frame_is_not_heard()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(gateway);
        byte[] closeAndText = [.. RawClient.FrameBytes(RawClient.Close, []), .. RawClient.FrameBytes(RawClient.Text, "late"u8.ToArray())];
        await client.SendBytesAsync(closeAndText);
        await client.ReadCloseAsync();
        await AssertAllDisconnectedOnceAsync(gateway, 1);
        Assert.Empty(gateway.Seen("default"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_half_open_socket_is_a_dropped_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("1006", (await gateway.EventAsync("disconnect", cancellation)).Context().Text("disconnectStatusCode"));
        Assert.True(await client.IsEndedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Everybody_closing_at_once_is_one_disconnect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        const int rounds = 50;
        for (var i = 0; i < rounds; i++)
        {
            await using var client = await RawClient.ConnectAsync(gateway);
            await Patiently.UntilAsync("the connection", () => gateway.Seen("connect").Count == i + 1, cancellation);
            var id = gateway.Seen("connect")[i].ConnectionId();
            var deletes = Enumerable.Range(0, 3).Select(_ => gateway.Http.DeleteAsync($"/local/@connections/{id}", cancellation)).ToArray();
            await client.SendCloseAsync(1001);
            var statuses = (await Task.WhenAll(deletes)).Select(answer => answer.StatusCode).ToArray();
            Assert.True(statuses.Count(status => status == HttpStatusCode.NoContent) <= 1);
        }

        await AssertAllDisconnectedOnceAsync(gateway, rounds);
    }

    private static async Task AssertAllDisconnectedOnceAsync(TestGateway gateway, int clients)
    {
        await Patiently.UntilAsync("every $disconnect", () => gateway.Seen("disconnect").Count >= clients, Cancellation);
        await gateway.StopAsync();
        Assert.Equal(0, gateway.OpenConnections);
        Assert.Equal(
            gateway.Seen("connect").Select(@event => @event.ConnectionId()).Order(),
            gateway.Seen("disconnect").Select(@event => @event.ConnectionId()).Order());
        Assert.Empty(gateway.Errors);
    }

    private static async Task<TestGateway> StartAsync(
        CancellationToken cancellation, Action<LocalGateway.Configuration.GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            options.Throttle.ConnectsPerSecond = 0;
            configure?.Invoke(options);
        });
        gateway.ServeAll();
        return gateway;
    }
}
