using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Bench.Gateway.Messages;

/// <summary>
/// Clients that send a message, wait for its answer, and send the next one; or that only read what is posted to them. As lean as can be: they
/// share the machine.
/// </summary>
internal sealed class Chatters : IDisposable
{
    private const string Text = """{"action":"fast","message":"Hello everyone, this is a message of a hundred bytes, more or less, as usual"}""";

    private readonly Socket[] _sockets;

    private Chatters(Socket[] sockets) => _sockets = sockets;

    public static async Task<Chatters> ConnectAsync(int port, string path, int count)
    {
        var sockets = new Socket[count];
        for (var i = 0; i < count; i++)
        {
            sockets[i] = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await sockets[i].ConnectAsync(IPAddress.Loopback, port);
            await sockets[i].SendAsync(Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: bench\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
            var answer = new byte[1024];
            var length = await sockets[i].ReceiveAsync(answer);
            if (!answer.AsSpan(0, length).StartsWith("HTTP/1.1 101 "u8))
                throw new InvalidOperationException($"A handshake was answered {Encoding.ASCII.GetString(answer, 0, length)}");
        }

        return new Chatters(sockets);
    }

    /// <summary>Sends so many messages in all and returns how long it took.</summary>
    public async Task<TimeSpan> TalkAsync(int messages)
    {
        var frame = Frame(Text);
        var next = 0;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(_sockets.Select(async socket =>
        {
            var answer = new byte[1024];
            while (Interlocked.Increment(ref next) <= messages)
            {
                await socket.SendAsync(frame);
                // Two bytes of header and the text, unmasked.
                for (var length = 0; length < Text.Length + 2;)
                {
                    var read = await socket.ReceiveAsync(answer.AsMemory(length));
                    if (read == 0 || answer[0] != 0x81 || answer[1] != Text.Length)
                        throw new InvalidOperationException($"A message was answered {Encoding.UTF8.GetString(answer, 0, length + read)}");
                    length += read;
                }
            }
        }));
        return TimeProvider.System.GetElapsedTime(started);
    }

    /// <summary>
    /// Begins to read what is posted, and returns whom to post to. They ask one after the other: serverless-offline loses messages of clients
    /// that connect at once.
    /// </summary>
    public async Task<string[]> ListenAsync()
    {
        var ids = new string[_sockets.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var answer = new byte[1024];
            await _sockets[i].SendAsync(Frame("who"));
            var length = await _sockets[i].ReceiveAsync(answer);
            ids[i] = Encoding.UTF8.GetString(answer, 2, length - 2);
            _ = ReadAsync(_sockets[i], answer);
        }

        return ids;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Close(0);
    }

    /// <summary>A text frame whose mask is zero.</summary>
    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];

    private static async Task ReadAsync(Socket socket, byte[] buffer)
    {
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by Dispose.
        }
    }
}
