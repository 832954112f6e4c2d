using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.UnitTests.FanOut.Http;

internal enum FrameType : byte
{
    Data,
    Headers,
    Priority,
    ResetStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
}

/// <param name="Type">What it is.</param>
/// <param name="Flags">Bits whose meaning depends on the type.</param>
/// <param name="Stream">0 for what concerns all of the connection.</param>
/// <param name="Payload">What follows the head.</param>
internal sealed record Frame(FrameType Type, byte Flags, int Stream, byte[] Payload);

/// <summary>A gateway's side of one HTTP/2 connection, frame by frame as a test says (RFC 9113).</summary>
internal sealed class Http2Peer : IAsyncDisposable
{
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private const int HeadSize = 9;

    private readonly NetworkStream _stream;
    private readonly Dictionary<int, List<byte>> _bodies = [];

    private Http2Peer(NetworkStream stream) => _stream = stream;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Takes the next socket, and the greeting on it; greets with how many requests it takes at once.</summary>
    public static async Task<Http2Peer> AcceptAsync(TcpListener listener, int maxStreams = 100)
    {
        var peer = await AcceptSilentlyAsync(listener);
        await peer.SendAsync(FrameType.Settings, 0, 0, [0, 3, .. Number(maxStreams)]);
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

    public async Task SendTextAsync(string text) => await _stream.WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);

    /// <summary>An answer of 200 without a body.</summary>
    public Task AnswerAsync(int stream) => SendAsync(FrameType.Headers, EndHeaders | EndStream, stream, [0x88]);

    public Task ResetAsync(int stream, int error) => SendAsync(FrameType.ResetStream, 0, stream, Number(error));

    /// <summary>The end of the connection: requests behind <paramref name="lastStream"/> it has not looked at.</summary>
    public Task SayGoodbyeAsync(int lastStream) => SendAsync(FrameType.GoAway, 0, 0, [.. Number(lastStream), .. Number(0)]);

    /// <summary>The next request that is whole; frames of several may be mixed.</summary>
    public async Task<Http2Request> ReceiveRequestAsync()
    {
        while (true)
        {
            var frame = await ReceiveAsync();
            if (frame.Type is not (FrameType.Headers or FrameType.Data))
                continue;

            var body = _bodies.TryGetValue(frame.Stream, out var begun) ? begun : _bodies[frame.Stream] = [];
            if (frame.Type == FrameType.Data)
                body.AddRange(frame.Payload);
            if ((frame.Flags & EndStream) != 0)
                return new Http2Request(frame.Stream, Encoding.UTF8.GetString([.. body]));
        }
    }

    /// <summary>The next frame of this type; others that come before are passed over.</summary>
    public async Task<Frame> ReceiveAsync(FrameType type)
    {
        while (true)
        {
            if (await ReceiveAsync() is var frame && frame.Type == type)
                return frame;
        }
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

    private async Task SendAsync(FrameType type, byte flags, int stream, byte[] payload) => await _stream.WriteAsync(
        (byte[])[0, .. Number(payload.Length)[2..], (byte)type, flags, .. Number(stream), .. payload], Cancellation);

    private async Task<Frame> ReceiveAsync()
    {
        var head = new byte[HeadSize];
        await _stream.ReadExactlyAsync(head, Cancellation);
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await _stream.ReadExactlyAsync(payload, Cancellation);
        return new Frame((FrameType)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
    }

    private static byte[] Number(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}

/// <param name="Stream">To be answered on.</param>
/// <param name="Body">UTF-8.</param>
internal sealed record Http2Request(int Stream, string Body);
