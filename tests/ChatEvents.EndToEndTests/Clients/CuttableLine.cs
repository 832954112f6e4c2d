using System.Net;
using System.Net.Sockets;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>The network between clients and a server, which a test can cut and repair.</summary>
public sealed class CuttableLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly HashSet<Socket> _lost = [];
    private bool _isCut;

    private CuttableLine(Uri server)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        _listener.Start(backlog: 1_000);
        Url = new UriBuilder(server) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public Uri Url { get; }

    /// <summary>How many connections have been made by it.</summary>
    public int Accepted { get; private set; }

    public static CuttableLine To(Uri server) => new(server);

    /// <summary>Ends all connections, without a word to either side, and lets no new one through.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            foreach (var socket in _open) socket.Close(timeout: 0); // as a reset
            _open.Clear();
        }
    }

    /// <summary>Loses what is sent on the connections that there are, without a word to either side; new ones are let through.</summary>
    public void Freeze()
    {
        lock (_gate)
        {
            _lost.UnionWith(_open);
        }
    }

    public void Repair()
    {
        lock (_gate) _isCut = false;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Cut();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true) _ = RelayAsync(await _listener.AcceptSocketAsync(_ending.Token));
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            if (!Keep(client, server)) return;
            await server.ConnectAsync(_server, _ending.Token);
            await Task.WhenAny(PassOnAsync(client, server), PassOnAsync(server, client));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It was cut, or one side has gone.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(client);
                _open.Remove(server);
                _lost.Remove(client);
                _lost.Remove(server);
            }

            client.Close(timeout: 0);
        }
    }

    private async Task PassOnAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1_024];
        while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var count)
        {
            if (!IsLost(from)) await to.SendAsync(buffer.AsMemory(0, count), _ending.Token);
        }
    }

    private bool IsLost(Socket socket)
    {
        lock (_gate) return _lost.Contains(socket);
    }

    private bool Keep(Socket client, Socket server)
    {
        lock (_gate)
        {
            if (_isCut) return false;
            _open.Add(client);
            _open.Add(server);
            Accepted++;
            return true;
        }
    }
}
