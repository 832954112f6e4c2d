using System.IO.Compression;
using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>permessage-deflate (RFC 7692), bit by bit.</summary>
public sealed class DeflateTests
{
    private const byte Rsv1 = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("permessage-deflate", true)]
    [InlineData("permessage-deflate; client_max_window_bits", true)]
    [InlineData("permessage-deflate; client_max_window_bits=10; server_no_context_takeover", true)]
    [InlineData("x-webkit-deflate-frame, permessage-deflate", true)]
    [InlineData("permessage-deflate; server_max_window_bits=15", true)]
    [InlineData("permessage-deflate; server_max_window_bits=10", false)]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", true)]
    [InlineData("permessage-deflate; client_max_window_bits=7", false)]
    [InlineData("permessage-deflate; unknown", false)]
    [InlineData("x-webkit-deflate-frame", false)]
    public async Task Compression_is_agreed_when_an_offer_can_be_met(string offers, bool agreed)
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await RawClient.OpenAsync(gateway.Address, Cancellation);
        var answer = await client.HandshakeAsync("/local", $"Sec-WebSocket-Extensions: {offers}");
        Assert.Equal(
            agreed ? "permessage-deflate; server_no_context_takeover; client_no_context_takeover" : null,
            answer.Headers.GetValueOrDefault("Sec-WebSocket-Extensions"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_compressed_message_is_inflated_also_in_fragments()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, Deflate("Hello Hello Hello"), reservedBits: Rsv1);
        Assert.Equal("Hello Hello Hello", (await gateway.EventAsync("default", Cancellation)).Text("body"));

        var compressed = Deflate("{\"action\":\"chat\"}");
        await client.SendFrameAsync(RawClient.Text, compressed[..5], final: false, reservedBits: Rsv1);
        await client.SendFrameAsync(RawClient.Continuation, compressed[5..]);
        Assert.Equal("{\"action\":\"chat\"}", (await gateway.EventAsync("chat", Cancellation)).Text("body"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_uncompressed_message_is_fine_where_compression_is_agreed()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        await client.SendTextAsync("plain");
        Assert.Equal("plain", (await gateway.EventAsync("default", Cancellation)).Text("body"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(128 * 1024, null)]
    [InlineData(128 * 1024 + 1, 1009)]
    [InlineData(20 * 1024 * 1024, 1009)]
    public async Task The_message_limit_counts_what_was_compressed(int length, int? closeCode)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options => options.Limits.FrameBytesCountCompressed = true);
        await using var client = await ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, Deflate(new string('x', length)), reservedBits: Rsv1);
        if (closeCode is null)
            Assert.Equal(length, (await gateway.EventAsync("default", cancellation)).Text("body")!.Length);
        else
            Assert.Equal(closeCode, (await client.ReadCloseAsync()).CloseCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(32 * 1024, null)]
    [InlineData(32 * 1024 + 1, 1009)]
    [InlineData(120 * 1024, 1009)]
    public async Task The_frame_limit_counts_the_uncompressed_length(int length, int? closeCode)
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, Deflate(new string('x', length)), reservedBits: Rsv1);
        if (closeCode is null)
            Assert.Equal(length, (await gateway.EventAsync("default", Cancellation)).Text("body")!.Length);
        else
            Assert.Equal(closeCode, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_compressed_fragment_may_have_32_KB_and_the_message_128_KB()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        using var output = new MemoryStream();
        using var deflater = new DeflateStream(output, CompressionLevel.Optimal);
        for (var fragment = 0; fragment < 4; fragment++)
        {
            output.SetLength(0);
            deflater.Write(Encoding.UTF8.GetBytes(new string((char)('a' + fragment), 32 * 1024)));
            deflater.Flush();
            var isLast = fragment == 3;
            await client.SendFrameAsync(
                fragment == 0 ? RawClient.Text : RawClient.Continuation, isLast ? output.ToArray()[..^4] : output.ToArray(), isLast,
                reservedBits: fragment == 0 ? Rsv1 : (byte)0);
        }

        var body = (await gateway.EventAsync("default", Cancellation)).Text("body")!;
        Assert.Equal((128 * 1024, 'a', 'd'), (body.Length, body[0], body[^1]));
    }

    [Fact(Timeout = 60_000)]
    public async Task Broken_compressed_data_closes_with_1007()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Text, [0xFF, 0xFF, 0xFF, 0xFF], reservedBits: Rsv1);
        Assert.Equal(1007, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_compression_bit_on_a_continuation_closes_with_1002()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        var compressed = Deflate("Hello");
        await client.SendFrameAsync(RawClient.Text, compressed[..2], final: false, reservedBits: Rsv1);
        await client.SendFrameAsync(RawClient.Continuation, compressed[2..], reservedBits: Rsv1);
        Assert.Equal(1002, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_are_compressed_from_1_KB_on()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(gateway);
        var id = (await gateway.EventAsync("connect", Cancellation)).ConnectionId();
        (await gateway.PostAsync(id, new string('s', 1023))).Dispose();
        var small = await client.ReadFrameAsync();
        Assert.Equal((false, 1023), (small.Compressed, small.Payload.Length));

        for (var i = 0; i < 2; i++)
        {
            (await gateway.PostAsync(id, new string('l', 1024))).Dispose();
            var large = await client.ReadFrameAsync();
            Assert.True(large.Compressed && large.Payload.Length < 100);
            Assert.Equal(new string('l', 1024), Inflate(large.Payload));
        }
    }

    private static async Task<TestGateway> StartAsync(CancellationToken cancellation, Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            configure?.Invoke(options);
        });
        gateway.ServeAll();
        return gateway;
    }

    private static Task<RawClient> ConnectAsync(TestGateway gateway) =>
        RawClient.ConnectAsync(gateway, "Sec-WebSocket-Extensions: permessage-deflate");

    /// <summary>RFC 7692, 7.2.1: flush, and cut the four bytes of the empty block off.</summary>
    private static byte[] Deflate(string text)
    {
        using var output = new MemoryStream();
        using var deflater = new DeflateStream(output, CompressionLevel.Optimal);
        deflater.Write(Encoding.UTF8.GetBytes(text));
        deflater.Flush();
        return output.ToArray()[..^4];
    }

    private static string Inflate(byte[] payload)
    {
        using var inflater = new DeflateStream(
            new MemoryStream([.. payload, 0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF]), CompressionMode.Decompress);
        using var reader = new StreamReader(inflater);
        return reader.ReadToEnd();
    }
}
