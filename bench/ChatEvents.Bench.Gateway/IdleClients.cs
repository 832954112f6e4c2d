using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Bench.Gateway;

/// <summary>
/// Open WebSocket connections that only read. Everything is as lean as it can be: the measuring process shares the
/// machine.
/// </summary>
internal sealed class IdleClients : IDisposable
{
    private static readonly byte[] Handshake = Encoding.ASCII.GetBytes(
        "GET /local HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: bench\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

    private readonly Socket[] _sockets;
    // A masked text frame with the letter x (the mask is zero).
    private static readonly byte[] Message = [0x81, 0x81, 0, 0, 0, 0, (byte)'x'];

    /// <summary>Until a quota has something left again.</summary>
    private static readonly TimeSpan Refilled = TimeSpan.FromMilliseconds(200);

    private long _received;

    private IdleClients(int count) => (_sockets, ConnectionIds) = (new Socket[count], new string[count]);

    public string[] ConnectionIds { get; }

    /// <summary>Bytes that arrived after the handshakes.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Told the client and the number of bytes, for each part that arrives.</summary>
    public Action<int, int>? OnReceived { get; set; }

    /// <param name="target">The gateway.</param>
    /// <param name="count">How many.</param>
    /// <param name="read">Whether they read what they are sent.</param>
    /// <param name="asksIds">Whether nothing but the gateway answers them, which then tells the ids of their connections.</param>
    public static async Task<IdleClients> OpenAsync(Uri target, int count, bool read = true, bool asksIds = true)
    {
        var clients = new IdleClients(count);
        var address = new IPEndPoint(IPAddress.Parse(target.Host), target.Port);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancellation) =>
        {
            var (socket, connectionId) = await OpenAsync(address, asksIds, cancellation);
            (clients._sockets[i], clients.ConnectionIds[i]) = (socket, connectionId);
            if (read)
                _ = clients.ReadAsync(i, socket);
        });
        return clients;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Close(0);
    }

    /// <summary>A gateway whose quota is used up refuses handshakes and messages alike: it is asked again.</summary>
    private static async Task<(Socket Socket, string ConnectionId)> OpenAsync(IPEndPoint address, bool asksId, CancellationToken cancellation)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address, cancellation);
            var answer = await AskAsync(socket, Handshake, cancellation);
            if (answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
                && (asksId ? await AskIdAsync(socket, cancellation) : "") is { } connectionId)
                return (socket, connectionId);

            socket.Close(0);
            if (!answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) && !answer.StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal))
                throw new InvalidOperationException($"The gateway refused a handshake: {answer}");
            await Task.Delay(Refilled, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Nothing takes the message, and the answer that says so has the connection's id; null where it was refused.</summary>
    private static async Task<string?> AskIdAsync(Socket socket, CancellationToken cancellation)
    {
        const string label = "\"connectionId\":\"";
        var answer = await AskAsync(socket, Message, cancellation);
        return answer.IndexOf(label, StringComparison.Ordinal) is var at and >= 0 ? answer.Substring(at + label.Length, 16) : null;
    }

    private static async Task<string> AskAsync(Socket socket, byte[] question, CancellationToken cancellation)
    {
        var answer = new byte[512];
        await socket.SendAsync(question, cancellation);
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer, cancellation));
    }

    private async Task ReadAsync(int client, Socket socket)
    {
        var buffer = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var length)
            {
                Interlocked.Add(ref _received, length);
                OnReceived?.Invoke(client, length);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by Dispose.
        }
    }
}
