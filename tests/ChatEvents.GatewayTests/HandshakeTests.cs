using System.Net;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

public sealed class HandshakeTests
{
    [Fact(Timeout = 60_000)]
    public async Task The_upgrade_is_held_until_connect_returns_and_until_then_the_connection_is_gone_for_posts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        var decide = new TaskCompletionSource<object?>();
        gateway.Serve("connect", _ => decide.Task);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        var handshake = client.HandshakeAsync("/local");
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var early = await gateway.PostAsync(id, "too early");
        Assert.Equal(HttpStatusCode.Gone, early.StatusCode);
        Assert.False(handshake.IsCompleted);

        decide.SetResult(Api.Ok);
        Assert.Equal(101, (await handshake).Status);
        using var now = await gateway.PostAsync(id, "now");
        Assert.Equal(HttpStatusCode.OK, now.StatusCode);
        Assert.Equal("now", (await client.ReadFrameAsync()).Text);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(403)]
    [InlineData(400)]
    [InlineData(500)]
    [InlineData(302)]
    public async Task The_status_that_connect_returns_refuses_the_handshake(int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.Serve("connect", _ => new { statusCode = status, body = "not shown to the client" });
        gateway.Serve("disconnect", _ => Api.Ok);

        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var answer = await client.HandshakeAsync("/local");
        Assert.Equal(status, answer.Status);
        Assert.Equal("", answer.Body);

        // Stopping waits for every $disconnect that is due; a refused connection has none.
        await gateway.StopAsync();
        Assert.Empty(gateway.Seen("disconnect"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connect_function_that_throws_refuses_with_502()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.Serve("connect", object? (_) => throw new FunctionException("boom"));
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var answer = await client.HandshakeAsync("/local");
        Assert.Equal(502, answer.Status);
        Assert.Contains("\"message\": \"Internal server error\"", answer.Body, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("null")]
    [InlineData("\"ok\"")]
    [InlineData("200")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"statusCode":"two hundred"}""")]
    [InlineData("""{"statusCode":200.5}""")]
    [InlineData("""{"statusCode":200,"body":{"not":"text"}}""")]
    [InlineData("not JSON")]
    [InlineData("")]
    public async Task A_connect_answer_that_is_no_proxy_response_refuses_with_502(string answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.Serve("connect", _ => new StringContent(answer));
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(502, (await client.HandshakeAsync("/local")).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connect_function_slower_than_29_seconds_refuses_with_504()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes, time);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var handshake = client.HandshakeAsync("/local");
        await time.AdvanceToTimerAsync(TimeSpan.FromSeconds(29), cancellation);
        var answer = await handshake;
        Assert.Equal(504, answer.Status);
        Assert.Contains("Endpoint request timed out", answer.Body, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"statusCode":0}""", "the status 0 of the answer is not from 200 to 599")]
    [InlineData("""{"statusCode":101}""", "the status 101 of the answer is not from 200 to 599")]
    [InlineData("""{"statusCode":99999}""", "the status 99999 of the answer is not from 200 to 599")]
    [InlineData("""{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a\r\nSet-Cookie: b=c"}}""", @"the Sec-WebSocket-Protocol 'a\u000d\u000aSet-Cookie: b=c' of the answer is not a token")]
    [InlineData("""{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":""}}""", "the Sec-WebSocket-Protocol '' of the answer is not a token")]
    public async Task A_connect_answer_that_would_break_the_handshake_refuses_with_502(string answer, string said)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$connect", "connect"));
        gateway.Serve("connect", _ => new StringContent(answer));
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        Assert.Equal(502, (await client.HandshakeAsync("/local")).Status);

        await gateway.LogLineAsync(said, cancellation);
        Assert.Empty(gateway.Errors);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HTTP/1.0", "websocket")]
    [InlineData("HTTP/1.1", "notwebsocket")]
    [InlineData("HTTP/1.1", "websocket/13")]
    [InlineData("HTTP/1.1", "h2c")]
    public async Task Only_an_upgrade_to_websocket_over_HTTP_1_1_is_a_handshake(string protocol, string upgrade)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        var answer = await client.RequestAsync(
            $"GET /local {protocol}", "Host: localhost", "Connection: Upgrade", $"Upgrade: {upgrade}",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.Equal(426, answer.Status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_path_below_the_stage_is_forbidden_with_and_without_an_upgrade(bool upgrade)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        var answer = upgrade ? await client.HandshakeAsync("/local/x") : await client.RequestAsync("GET /local/x HTTP/1.1", "Host: localhost");

        Assert.Equal(403, answer.Status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 426)]
    [InlineData("Sec-WebSocket-Version: 13", "X-No: key", 400)]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: too short", 400)]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: !!!hIHNhbXBsZSBub25jZQ==", 400)]
    public async Task A_malformed_handshake_is_refused(string version, string key, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var answer = await client.RequestAsync(
            "GET /local HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", version, key);
        Assert.Equal(status, answer.Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_URL_of_more_than_4096_characters_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation);
        await using var fits = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(101, (await fits.HandshakeAsync("/local?q=" + new string('x', 4096 - "/local?q=".Length))).Status);
        await using var tooLong = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(414, (await tooLong.HandshakeAsync("/local?q=" + new string('x', 4097 - "/local?q=".Length))).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sub_protocol_is_echoed_only_when_connect_returns_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.Serve("connect", @event => @event.GetProperty("headers").Text("Sec-WebSocket-Protocol") == "chat.v1"
            ? new { statusCode = 200, headers = new Dictionary<string, string> { ["sec-websocket-protocol"] = "chat.v1" } }
            : Api.Ok);

        await using var answered = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(
            "chat.v1", (await answered.HandshakeAsync("/local", "Sec-WebSocket-Protocol: chat.v1")).Headers["Sec-WebSocket-Protocol"]);
        await using var ignored = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.False(
            (await ignored.HandshakeAsync("/local", "Sec-WebSocket-Protocol: chat.v2")).Headers.ContainsKey("Sec-WebSocket-Protocol"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_leaves_while_connect_runs_is_disconnected_once_it_was_accepted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        var decide = new TaskCompletionSource<object?>();
        gateway.Serve("connect", _ => decide.Task);
        gateway.Serve("disconnect", _ => Api.Ok);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var handshake = client.HandshakeAsync("/local");
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        client.Drop();
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);

        decide.SetResult(Api.Ok);
        var disconnect = await gateway.EventAsync("disconnect", cancellation);
        Assert.Equal(id, disconnect.ConnectionId());
        Assert.Equal("1006", disconnect.Context().Text("disconnectStatusCode"));
    }
}
