using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using ChatEvents.FanOut.Posting.Http2;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>A gateway's side of one HTTP/2 connection, frame by frame as a test says.</summary>
internal sealed class Http2Peer : IAsyncDisposable
{
    private readonly NetworkStream _stream;

    private Http2Peer(NetworkStream stream) => _stream = stream;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Frames that came and were not asked for, such as acknowledgements.</summary>
    public List<Http2FrameHead> Others { get; } = [];

    /// <summary>Takes the next socket, and the greeting on it.</summary>
    public static async Task<Http2Peer> AcceptAsync(TcpListener listener, params (Http2Setting Setting, int Value)[] settings)
    {
        var peer = await AcceptSilentlyAsync(listener);
        await peer.SendSettingsAsync(settings);
        return peer;
    }

    /// <summary>The same, without a greeting of its own.</summary>
    public static async Task<Http2Peer> AcceptSilentlyAsync(TcpListener listener)
    {
        var peer = new Http2Peer(new NetworkStream(await listener.AcceptSocketAsync(Cancellation), ownsSocket: true));
        var preface = new byte[24];
        await peer._stream.ReadExactlyAsync(preface, Cancellation);
        Assert.Equal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Encoding.ASCII.GetString(preface));
        return peer;
    }

    public Task SendSettingsAsync(params (Http2Setting Setting, int Value)[] settings)
    {
        var payload = new byte[settings.Length * 6];
        for (var index = 0; index < settings.Length; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(index * 6), (ushort)settings[index].Setting);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((index * 6) + 2), settings[index].Value);
        }

        return SendAsync(Http2FrameType.Settings, Http2Flags.None, 0, payload);
    }

    public async Task SendAsync(Http2FrameType type, byte flags, int stream, params byte[] payload)
    {
        var frame = new byte[Http2FrameHead.Size + payload.Length];
        new Http2FrameHead(payload.Length, type, flags, stream).Write(frame);
        payload.CopyTo(frame, Http2FrameHead.Size);
        await _stream.WriteAsync(frame, Cancellation);
    }

    public async Task SendTextAsync(string text) => await _stream.WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);

    /// <summary>An answer without a body: one of the statuses that have a number (RFC 7541, appendix A).</summary>
    public Task AnswerAsync(int stream, int status = 200) => SendAsync(
        Http2FrameType.Headers, Http2Flags.EndHeaders | Http2Flags.EndStream, stream, (byte)(0x80 | status switch
        {
            200 => 8,
            204 => 9,
            400 => 12,
            404 => 13,
            500 => 14,
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        }));

    /// <summary>A header that is in no table.</summary>
    public static byte[] Header(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    public static byte[] Number(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    /// <summary>The next frame of this type.</summary>
    public async Task<(Http2FrameHead Head, byte[] Payload)> ReceiveAsync(Http2FrameType type)
    {
        while (true)
        {
            var (head, payload) = await ReceiveAsync();
            if (head.Type == type)
                return (head, payload);
            Others.Add(head);
        }
    }

    /// <summary>The next request, whole.</summary>
    public async Task<Http2Request> ReceiveRequestAsync()
    {
        var (head, block) = await ReceiveAsync(Http2FrameType.Headers);
        var body = new List<byte>();
        for (var frame = head; !frame.Has(Http2Flags.EndStream);)
        {
            (frame, var part) = await ReceiveAsync(Http2FrameType.Data);
            Assert.Equal(head.Stream, frame.Stream);
            body.AddRange(part);
        }

        return new Http2Request(head.Stream, Encoding.ASCII.GetString(block), Encoding.UTF8.GetString([.. body]));
    }

    /// <summary>Waits until the other side has closed the socket.</summary>
    public async Task AwaitCloseAsync()
    {
        try
        {
            while (true) await ReceiveAsync();
        }
        catch (IOException)
        {
            // It has: an orderly end, or a reset where something had come that it did not read.
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<(Http2FrameHead Head, byte[] Payload)> ReceiveAsync()
    {
        var start = new byte[Http2FrameHead.Size];
        await _stream.ReadExactlyAsync(start, Cancellation);
        var head = Http2FrameHead.Read(start);
        var payload = new byte[head.Length];
        await _stream.ReadExactlyAsync(payload, Cancellation);
        return (head, payload);
    }
}

/// <param name="Stream">To be answered on.</param>
/// <param name="Block">The header block; nothing in it is packed, so that it can be searched.</param>
/// <param name="Body">UTF-8.</param>
internal sealed record Http2Request(int Stream, string Block, string Body);
