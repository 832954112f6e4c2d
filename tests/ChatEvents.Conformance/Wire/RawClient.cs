using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Conformance.Wire;

internal sealed record Frame(byte Opcode, bool Final, bool Compressed, byte[] Payload, bool IsMasked = false)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseCode => Payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload[2..]);
}

/// <summary>A client that writes the bytes its user wants, also wrong ones, and sees the frames as they are.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    public const byte Continuation = 0x0, Text = 0x1, Binary = 0x2, Close = 0x8, Ping = 0x9, Pong = 0xA;

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly CancellationToken _cancellation;
    private Stream _stream = null!;

    private RawClient(CancellationToken cancellation) => _cancellation = cancellation;

    public Socket Socket => _tcp.Client;

    /// <summary>What comes after the answers that were read.</summary>
    public Stream Stream => _stream;

    public static async Task<RawClient> OpenAsync(Uri address, CancellationToken cancellation)
    {
        var client = new RawClient(cancellation);
        await client._tcp.ConnectAsync(address.Host, address.Port, cancellation);
        client._stream = client._tcp.GetStream();
        if (address.Scheme is "wss" or "https")
        {
            var tls = new SslStream(client._stream);
            client._stream = tls;
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellation);
        }

        return client;
    }

    public Task<HttpAnswer> HandshakeAsync(string path, params string[] headers) => UpgradeAsync("localhost", path, headers);

    public Task<HttpAnswer> UpgradeAsync(string host, string path, IEnumerable<string> headers) => RequestAsync(
    [
        $"GET {path} HTTP/1.1", $"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", .. headers,
    ]);

    public async Task<HttpAnswer> RequestAsync(params string[] lines)
    {
        await SendBytesAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
        return await ReadAnswerAsync();
    }

    public async Task<HttpAnswer> ReadAnswerAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await _stream.ReadExactlyAsync(one, _cancellation);
            head.Append((char)one[0]);
        }

        var answer = HttpAnswer.Parse(head.ToString());
        var body = new byte[answer.ContentLength];
        await _stream.ReadExactlyAsync(body, _cancellation);
        return answer with { Body = Encoding.UTF8.GetString(body) };
    }

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, _cancellation);

    public Task SendTextAsync(string text) => SendFrameAsync(Text, Encoding.UTF8.GetBytes(text));

    public Task SendFrameAsync(byte opcode, byte[] payload, bool final = true, bool masked = true, byte reservedBits = 0) =>
        SendBytesAsync(FrameBytes(opcode, payload, final, masked, reservedBits));

    public Task SendCloseAsync(int code, string reason = "")
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return SendFrameAsync(Close, payload);
    }

    public static byte[] FrameBytes(byte opcode, byte[] payload, bool final = true, bool masked = true, byte reservedBits = 0)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte((byte)((final ? 0x80 : 0) | (reservedBits << 4) | opcode));
        var mask = (byte)(masked ? 0x80 : 0);
        Span<byte> length = stackalloc byte[8];
        switch (payload.Length)
        {
            case <= 125:
                bytes.WriteByte((byte)(mask | payload.Length));
                break;
            case <= ushort.MaxValue:
                bytes.WriteByte((byte)(mask | 126));
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
                bytes.Write(length[..2]);
                break;
            default:
                bytes.WriteByte((byte)(mask | 127));
                BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
                bytes.Write(length);
                break;
        }

        byte[] key = masked ? [0x37, 0xFA, 0x21, 0x3D] : [0, 0, 0, 0];
        if (masked)
            bytes.Write(key);
        for (var i = 0; i < payload.Length; i++)
            bytes.WriteByte((byte)(payload[i] ^ key[i % 4]));
        return bytes.ToArray();
    }

    public async Task<Frame> ReadFrameAsync()
    {
        var head = new byte[2];
        await _stream.ReadExactlyAsync(head, _cancellation);
        var size = (head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        var extended = new byte[8];
        await _stream.ReadExactlyAsync(extended.AsMemory(8 - size, size), _cancellation);
        var payload = new byte[size == 0 ? head[1] : (int)BinaryPrimitives.ReadUInt64BigEndian(extended)];
        await _stream.ReadExactlyAsync(payload, _cancellation);
        return new Frame((byte)(head[0] & 0x0F), (head[0] & 0x80) != 0, (head[0] & 0x40) != 0, payload, IsMasked: (head[1] & 0x80) != 0);
    }

    /// <summary>The gateway's close frame, whatever comes before it.</summary>
    public async Task<Frame> ReadCloseAsync()
    {
        while (true)
        {
            var frame = await ReadFrameAsync();
            if (frame.Opcode == Close)
                return frame;
        }
    }

    /// <summary>True when the gateway has ended the TCP connection and nothing more came.</summary>
    public async Task<bool> IsEndedAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1], _cancellation) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Ends the TCP connection without a close frame, by a reset.</summary>
    public void Drop() => _tcp.Client.Close(0);

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose(); // and with it the stream
        return ValueTask.CompletedTask;
    }
}

internal sealed record HttpAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public int ContentLength =>
        Headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture) : 0;

    public static HttpAnswer Parse(string head)
    {
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in lines.Skip(1).Select(line => line.Split(':', 2)))
            headers.TryAdd(pair[0], pair[^1].Trim());
        return new HttpAnswer(int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), headers, "");
    }
}
