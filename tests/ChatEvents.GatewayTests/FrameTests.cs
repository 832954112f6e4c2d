using System.Text;
using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests;

/// <summary>RFC 6455 and API Gateway's limits, byte by byte, beside what ChatEvents.Conformance asks.</summary>
public sealed class FrameTests
{
    private const int FrameLimit = 32 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_frame_that_only_claims_to_be_too_big_closes_before_its_payload_comes()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendBytesAsync(RawClient.FrameBytes(RawClient.Text, Letters(FrameLimit + 1)).AsMemory(0, 14));
        await AssertClosedAsync(gateway, client, 1009);
    }

    [Fact(Timeout = 60_000)]
    public async Task Control_frames_may_come_between_fragments()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, "Hel"u8.ToArray(), final: false);
        await client.SendFrameAsync(RawClient.Ping, "still there?"u8.ToArray());
        await client.SendFrameAsync(RawClient.Pong, []);
        await client.SendFrameAsync(RawClient.Continuation, [], final: false);
        await client.SendFrameAsync(RawClient.Continuation, "lo"u8.ToArray());

        var pong = await client.ReadFrameAsync();
        Assert.Equal((RawClient.Pong, "still there?"), (pong.Opcode, pong.Text));
        Assert.Equal("Hello", (await gateway.EventAsync("default", cancellation)).Text("body"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })] // half of a surrogate pair
    [InlineData(new byte[] { 0xE2, 0x82 })] // cut off
    public async Task Text_that_is_not_UTF_8_closes_with_1007(byte[] payload)
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, payload);
        await AssertClosedAsync(gateway, client, 1007);
    }

    public static TheoryData<string, byte[]> BrokenFrames => new()
    {
        { "no mask", RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), masked: false) },
        { "reserved bit 1 without an extension", RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), reservedBits: 4) },
        { "reserved bit 2", RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), reservedBits: 2) },
        { "reserved bit 3", RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), reservedBits: 1) },
        { "reserved data opcode", RawClient.FrameBytes(0x3, []) },
        { "reserved control opcode", RawClient.FrameBytes(0xB, []) },
        { "continuation of nothing", RawClient.FrameBytes(RawClient.Continuation, "x"u8.ToArray()) },
        { "new text inside a fragmented one", [.. RawClient.FrameBytes(RawClient.Text, [], final: false), .. RawClient.FrameBytes(RawClient.Text, [])] },
        { "fragmented ping", RawClient.FrameBytes(RawClient.Ping, [], final: false) },
        { "ping of 126 bytes", RawClient.FrameBytes(RawClient.Ping, new byte[126]) },
        { "close with one byte", RawClient.FrameBytes(RawClient.Close, [3]) },
        { "close with code 1005", RawClient.FrameBytes(RawClient.Close, [0x03, 0xED]) },
        { "close with code 999", RawClient.FrameBytes(RawClient.Close, [0x03, 0xE7]) },
        { "length with the highest bit", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(BrokenFrames))]
    public async Task A_frame_against_the_protocol_closes_with_1002(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendBytesAsync(bytes);
        await AssertClosedAsync(gateway, client, 1002);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_close_reason_that_is_not_UTF_8_closes_with_1007()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Close, [0x03, 0xE8, 0xFF]);
        await AssertClosedAsync(gateway, client, 1007);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_frame_that_comes_byte_by_byte_is_read()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        foreach (var one in RawClient.FrameBytes(RawClient.Text, Letters(300)))
            await client.SendBytesAsync(new[] { one });
        Assert.Equal(300, (await gateway.EventAsync("default", cancellation)).Text("body")!.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task Frames_that_come_together_are_all_read()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options => options.Limits.MessagesInFlightPerConnection = 1);
        await using var client = await RawClient.ConnectAsync(gateway);
        var bytes = Enumerable.Range(0, 50).SelectMany(i => RawClient.FrameBytes(RawClient.Text, Encoding.UTF8.GetBytes($"{i}")));
        await client.SendBytesAsync(bytes.ToArray());
        await Testing.Patiently.UntilAsync("fifty messages", () => gateway.Seen("default").Count == 50, cancellation);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), gateway.Seen("default").Select(@event => @event.Text("body")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_posted_message_above_32_KB_reaches_the_client_in_frames_of_at_most_32_KB()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var post = await gateway.PostAsync(id, Letters(4 * FrameLimit));

        var frames = new List<Frame>();
        do
            frames.Add(await client.ReadFrameAsync());
        while (!frames[^1].Final);
        Assert.Equal(
            [RawClient.Text, RawClient.Continuation, RawClient.Continuation, RawClient.Continuation], frames.Select(frame => frame.Opcode));
        Assert.All(frames, frame => Assert.Equal(FrameLimit, frame.Payload.Length));
        Assert.Equal(Letters(4 * FrameLimit), frames.SelectMany(frame => frame.Payload));
    }

    private static async Task<TestGateway> StartAsync(
        CancellationToken cancellation, Action<ChatEvents.LocalGateway.Configuration.GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            configure?.Invoke(options);
        });
        gateway.ServeAll();
        return gateway;
    }

    private static byte[] Letters(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)('a' + i % 26))];

    /// <summary>The client sees the close code, then the end; <c>$disconnect</c> reports the same code.</summary>
    private static async Task AssertClosedAsync(TestGateway gateway, RawClient client, int code)
    {
        Assert.Equal(code, (await client.ReadCloseAsync()).CloseCode);
        await client.SendCloseAsync(code);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.True(await client.IsEndedAsync());
        Assert.Equal($"{code}", (await gateway.EventAsync("disconnect", Cancellation)).Context().Text("disconnectStatusCode"));
    }
}
