using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Testing;

/// <summary>
/// A plain HTTP proxy: tunnels after CONNECT, and passes on what is asked for by its whole URL. Whatever name is asked for, the other end is
/// the server of the test, which knows both forms.
/// </summary>
public sealed class ForwardProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;

    private ForwardProxy(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The first head on each connection, line by line.</summary>
    public Recorded<string[]> Heads { get; } = new();

    /// <summary>How it refuses a client; null lets all through.</summary>
    public string? Refusal { get; set; }

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public static ForwardProxy Start(int serverPort) => new(serverPort);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_ending.Token));
    }

    private async Task ServeAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        var received = new byte[16 * 1_024];
        var length = 0;
        int endOfHead;
        while ((endOfHead = received.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            length += await client.ReadAsync(received.AsMemory(length), _ending.Token) is > 0 and var count ? count : throw new EndOfStreamException();
        }

        var head = Encoding.ASCII.GetString(received, 0, endOfHead).Split("\r\n");
        Heads.Add(head);
        if (Refusal is not null)
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes(Refusal), _ending.Token);
            return;
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server, _ending.Token);
        await using var server = new NetworkStream(socket);
        if (head[0].StartsWith("CONNECT ", StringComparison.Ordinal))
            await client.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _ending.Token);
        else
            await server.WriteAsync(received.AsMemory(0, length), _ending.Token);
        await Task.WhenAny(client.CopyToAsync(server, _ending.Token), server.CopyToAsync(client, _ending.Token));
    }
}
