using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Clients that other people wrote, each through the same small conversation.</summary>
public sealed class AnyClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Wscat_types_and_reads()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var wscat = await Clients.StartNodeAsync(
            cancellation, Path.Combine("node_modules", "wscat", "bin", "wscat"), "--no-color", "-c", gateway.WebSocketAddress.ToString());
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        // wscat forgets what is typed before it is connected, and says that it is only to a terminal; a first message shows it here.
        await Patiently.UntilAsync(
            "the end of the handshake", async () => (await gateway.PostAsync(id, "Welcome")).IsSuccessStatusCode, cancellation);
        await wscat.WaitForLineAsync(new Regex("Welcome$"), cancellation);
        await wscat.TypeAsync("""{"action":"chat","message":"Hello"}""");
        Assert.Equal("""{"action":"chat","message":"Hello"}""", (await gateway.EventAsync("chat", cancellation)).Text("body"));
        (await gateway.PostAsync(id, "Echo: Hello")).Dispose();
        await wscat.WaitForLineAsync(new Regex("Echo: Hello$"), cancellation);
        wscat.EndInput();
        Assert.Equal(id, (await gateway.EventAsync("disconnect", cancellation)).ConnectionId());
    }

    [Fact(Timeout = 180_000)]
    public async Task Wscat_tells_the_status_of_a_refused_handshake()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.Serve("connect", _ => new { statusCode = 400 });
        await using var wscat = await Clients.StartNodeAsync(
            cancellation, Path.Combine("node_modules", "wscat", "bin", "wscat"), "--no-color", "-c", gateway.WebSocketAddress.ToString());
        await wscat.WaitForLineAsync(new Regex("Unexpected server response: 400$"), cancellation);
    }

    [Fact(Timeout = 180_000)]
    public async Task Node_ws_talks_in_compressed_fragments()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var node = await Clients.StartNodeAsync(cancellation, "talk.mjs", gateway.WebSocketAddress.ToString());
        var message = await gateway.EventAsync("chat", cancellation);
        using var body = JsonDocument.Parse(message.Text("body")!);
        Assert.Equal(30_000, body.RootElement.Text("message")!.Length);
        (await gateway.PostAsync(message.ConnectionId(), new string('x', 100_000))).Dispose();
        Assert.Equal(
            ["open permessage-deflate", "message text 100000", "pong alive?", "close 4000"],
            await LinesAsync(node));
        var context = (await gateway.EventAsync("disconnect", cancellation)).Context();
        Assert.Equal(("4000", "done"), (context.Text("disconnectStatusCode"), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 180_000)]
    public async Task The_AWS_SDK_for_JavaScript_manages_connections_with_verified_signatures()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            options.Signing.Keys["AKIDLOCAL"] = "secret";
        });
        gateway.ServeAll();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        await using var node = await Clients.StartNodeAsync(cancellation, "manage.mjs", $"{gateway.Address}local", id);
        Assert.Equal("from JavaScript", await socket.ReceiveTextAsync(cancellation));
        Assert.Equal(
            ["post 200", "get 127.0.0.1 true", "delete 204", "gone GoneException 410", "invalid BadRequestException 400"],
            await LinesAsync(node));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_AWS_SDK_for_dotNET_sees_its_own_exception_types()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var client = new AmazonApiGatewayManagementApiClient(
            new BasicAWSCredentials("any", "thing"),
            new AmazonApiGatewayManagementApiConfig { ServiceURL = $"{gateway.Address}local", AuthenticationRegion = "eu-central-1", MaxErrorRetry = 0 });
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        await client.PostToConnectionAsync(NewPost(id, "hello"u8.ToArray()), cancellation);
        Assert.Equal("hello", await socket.ReceiveTextAsync(cancellation));
        Assert.Equal(
            "127.0.0.1", (await client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = id }, cancellation)).Identity.SourceIp);
        await Assert.ThrowsAsync<PayloadTooLargeException>(
            () => client.PostToConnectionAsync(NewPost(id, new byte[128 * 1024 + 1]), cancellation));
        await client.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = id }, cancellation);
        await Assert.ThrowsAsync<GoneException>(() => client.PostToConnectionAsync(NewPost(id, "x"u8.ToArray()), cancellation));
        var invalid = await Assert.ThrowsAsync<AmazonApiGatewayManagementApiException>(
            () => client.PostToConnectionAsync(NewPost("abc", "x"u8.ToArray()), cancellation));
        Assert.Equal("BadRequestException", invalid.ErrorCode);

        static PostToConnectionRequest NewPost(string id, byte[] data) => new() { ConnectionId = id, Data = new MemoryStream(data) };
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dotNET_ClientWebSocket_talks_with_and_without_compression(bool compressed)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(
            cancellation, options => options.DangerousDeflateOptions = compressed ? new WebSocketDeflateOptions() : null);
        var text = string.Join(' ', Enumerable.Range(0, 4000));
        await socket.SendTextAsync(text, cancellation);
        await socket.SendTextAsync(text, cancellation);
        await Patiently.UntilAsync("both messages", () => gateway.Seen("default").Count == 2, cancellation);
        Assert.All(gateway.Seen("default"), @event => Assert.Equal(text, @event.Text("body")));

        for (var i = 0; i < 2; i++)
        {
            (await gateway.PostAsync(gateway.Seen("default")[0].ConnectionId(), text)).Dispose();
            Assert.Equal(text, await socket.ReceiveTextAsync(cancellation));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Curl_posts_gets_and_deletes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (!Clients.AreInstalled("curl"))
            Assert.Skip("curl is not installed.");
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var address = $"{gateway.Address}local/@connections/{(await gateway.EventAsync("connect", cancellation)).ConnectionId()}";

        Assert.Equal(["200"], await CurlAsync("-w", "%{http_code}\n", "-d", "from curl", address));
        Assert.Equal("from curl", await socket.ReceiveTextAsync(cancellation));
        Assert.Contains(await CurlAsync(address), line => line.Contains("\"sourceIp\"", StringComparison.Ordinal));
        Assert.Equal(["204"], await CurlAsync("-w", "%{http_code}\n", "-X", "DELETE", address));
        Assert.Equal(["410"], await CurlAsync("-w", "%{http_code}\n", address));

        async Task<IReadOnlyList<string>> CurlAsync(params string[] args)
        {
            await using var curl = ChildProcess.Start("curl", ["-sS", "--noproxy", "*", .. args]);
            return await LinesAsync(curl);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Python_websockets_talks()
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (((string[])["python3", "/usr/bin/python3"]).FirstOrDefault(python => Clients.AreInstalled(python, "-c", "import websockets")) is not { } program)
        {
            Assert.Skip("Python with its package websockets is not installed.");
            return;
        }

        await using var gateway = await StartAsync();
        const string script = """
            import asyncio, sys, websockets
            async def talk():
                async with websockets.connect(sys.argv[1]) as socket:
                    await socket.send('{"action":"chat"}')
                    print(await socket.recv())
            asyncio.run(talk())
            """;
        await using var python = ChildProcess.Start(program, ["-c", script, gateway.WebSocketAddress.ToString()]);
        (await gateway.PostAsync((await gateway.EventAsync("chat", cancellation)).ConnectionId(), "Echo")).Dispose();
        Assert.Equal(["Echo"], await LinesAsync(python));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Upgrade", "permessage-deflate; client_max_window_bits")] // Chromium
    [InlineData("keep-alive, Upgrade", "permessage-deflate")] // Firefox
    public async Task A_handshake_as_browsers_send_it_is_accepted(string connection, string extensions)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        var answer = await client.RequestAsync(
            "GET /local HTTP/1.1", "Host: localhost:8080", $"Connection: {connection}", "Pragma: no-cache", "Cache-Control: no-cache",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64)", "Upgrade: websocket", "Origin: https://app.example.com", "Sec-WebSocket-Version: 13",
            "Accept-Encoding: gzip, deflate, br", "Accept-Language: en", "Cookie: a=b; c=d", "Sec-WebSocket-Key: q4xkcO32u266gldTuKaSOw==", $"Sec-WebSocket-Extensions: {extensions}");
        Assert.Equal(101, answer.Status);
        Assert.StartsWith("permessage-deflate", answer.Headers["Sec-WebSocket-Extensions"], StringComparison.Ordinal);
        Assert.Equal("https://app.example.com", (await gateway.EventAsync("connect", cancellation)).GetProperty("headers").Text("Origin"));
    }

    /// <summary>All lines, once the program has ended.</summary>
    private static async Task<IReadOnlyList<string>> LinesAsync(ChildProcess client)
    {
        await client.WaitForExitAsync(Cancellation);
        return client.Lines();
    }

    private static async Task<TestGateway> StartAsync()
    {
        var gateway = await TestGateway.StartAsync(Cancellation, Api.AllRoutes);
        gateway.ServeAll();
        return gateway;
    }
}
