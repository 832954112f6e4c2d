using System.IO.Compression;
using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>Route responses go the way of posts (faults.md B6), and what happens to an answer is told in the log (B5).</summary>
public sealed class RouteResponseTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_response_above_32_KB_comes_in_frames_of_at_most_32_KB()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new { statusCode = 200, body = new string('x', 100_000) }, cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        var frames = new List<Frame>();
        do
        {
            frames.Add(await client.ReadFrameAsync());
        }
        while (!frames[^1].Final);
        Assert.All(frames, frame => Assert.InRange(frame.Payload.Length, 1, 32 * 1024));
        Assert.Equal(100_000, frames.Sum(frame => frame.Payload.Length));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_response_is_compressed_where_that_was_agreed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new { statusCode = 200, body = new string('x', 100_000) }, cancellation);
        await using var client = await RawClient.ConnectAsync(gateway, "Sec-WebSocket-Extensions: permessage-deflate");

        await client.SendTextAsync("x");

        var frame = await client.ReadFrameAsync();
        Assert.True(frame is { Compressed: true, Final: true, Payload.Length: < 1000 });
        using var inflater = new DeflateStream(
            new MemoryStream([.. frame.Payload, 0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF]), CompressionMode.Decompress);
        using var reader = new StreamReader(inflater, Encoding.UTF8);
        Assert.Equal(100_000, (await reader.ReadToEndAsync(cancellation)).Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_response_above_128_KB_is_an_error_frame_and_the_socket_stays_open()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var length = 128 * 1024 + 1;
        await using var gateway = await StartAsync(_ => new { statusCode = 200, body = new string('x', length--) }, cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");
        Assert.StartsWith("""{"message": "Internal server error",""", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
        await gateway.LogLineAsync("the response has 131073 bytes, more than 131072", cancellation);
        await client.SendTextAsync("x");

        Assert.Equal(32 * 1024, (await client.ReadFrameAsync()).Payload.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_status_and_body_of_an_answer_that_is_not_2xx_are_logged()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new { statusCode = 500, body = "no\r\ntable \u001b[2J" + new string('x', 300) }, cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        var line = await gateway.LogLineAsync("$default: default answered 500: ", cancellation);
        Assert.EndsWith(@"no\u000d\u000atable \u001b[2J" + new string('x', 186) + "...", line, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_is_discarded_is_told_of_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new { statusCode = 200, body = "lost" }, cancellation, routeResponse: false);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");
        await client.SendTextAsync("x");
        await gateway.EventAsync("default", cancellation, _ => gateway.Seen("default").Count == 2);

        await gateway.LogLineAsync("""$default: default returned a body, which is discarded as on AWS: the route has no "routeResponse": true""", cancellation);
        Assert.Single(gateway.LogLines, line => line.Contains("discarded", StringComparison.Ordinal));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"statusCode":200,"body":"y","ConnectionId":"x"}""", "member 'ConnectionId'")]
    [InlineData("""{"statusCode":200,"body":"y","headers":[]}""", "its headers are a list")]
    [InlineData("""{"statusCode":"200","body":"y"}""", "its statusCode is text")]
    [InlineData("""{"body":"y"}""", "it has no statusCode")]
    [InlineData("""{"statusCode":200,"body":{"a":1}}""", "its body is an object")]
    [InlineData("null", "it is null")]
    [InlineData("\"text\"", "it is text")]
    [InlineData("not json", "it is not JSON")]
    public async Task An_answer_of_another_shape_is_an_internal_server_error_with_the_reason_in_the_log(string answer, string reason)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new StringContent(answer), cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        Assert.StartsWith("""{"message": "Internal server error",""", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
        Assert.Contains(reason, await gateway.LogLineAsync("the answer of default is not a proxy response", cancellation), StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"statusCode":200,"body":"y","ConnectionId":"x"}""", "y")]
    [InlineData("""{"statusCode":200,"body":"y","headers":[]}""", "y")]
    [InlineData("""{"statusCode":"200","body":"y"}""", "y")]
    [InlineData("""{"statusCode":200,"body":"eQ==","isBase64Encoded":true}""", "y")]
    public async Task Each_rule_about_the_shape_has_a_switch(string answer, string received)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new StringContent(answer), cancellation, configure: options => options.Answers = new AnswerOptions
        {
            Strict = false,
            AllowTextStatus = true,
            AllowNull = true,
            DecodeBase64 = true,
        });
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        Assert.Equal(received, (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_is_marked_as_base64_is_sent_as_it_is()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => new { statusCode = 200, body = "eQ==", isBase64Encoded = true }, cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        Assert.Equal("eQ==", (await client.ReadFrameAsync()).Text);
    }

    private static async Task<TestGateway> StartAsync(
        Func<System.Text.Json.JsonElement, object?> handler,
        CancellationToken cancellation,
        bool routeResponse = true,
        Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "default", routeResponse);
            configure?.Invoke(options);
        });
        gateway.Serve("default", handler);
        return gateway;
    }
}
