using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>Ways in which the way to the gateway fails.</summary>
public enum Failing
{
    Refused,
    Reset,
    Hang,
    NoSuchName,
    NoTls,
    ExpiredCertificate,
}

/// <summary>The sockets of a worker, on real ports: to the gateway, or in an outage to something that fails as such things do.</summary>
internal sealed class FailingNetwork : IAsyncDisposable
{
    private readonly List<Stream> _open = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly TcpListener _other = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _expired = TestCertificate.SelfSigned("localhost", until: new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Task _accepting;
    private Failing? _outage;

    public FailingNetwork()
    {
        _other.Start();
        _accepting = AcceptAsync();
    }

    private int OtherPort => ((IPEndPoint)_other.LocalEndpoint).Port;

    /// <summary>All that is open breaks, and nothing else gets through.</summary>
    public void Fail(Failing outage)
    {
        lock (_open)
        {
            _outage = outage;
            foreach (var stream in _open) stream.Dispose();
            _open.Clear();
        }
    }

    public void Mend()
    {
        lock (_open) _outage = null;
    }

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Failing? outage;
        lock (_open) outage = _outage;
        Stream stream = await ConnectAsync(outage, context.DnsEndPoint, cancellation);
        if (outage is Failing.NoTls or Failing.ExpiredCertificate)
        {
            var secured = new SslStream(stream);
            var trust = TestCertificate.TrustIn(_expired);
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust }, cancellation);
            stream = secured;
        }

        lock (_open) _open.Add(stream);
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _other.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _expired.Dispose();
        _ending.Dispose();
    }

    private async Task<NetworkStream> ConnectAsync(Failing? outage, DnsEndPoint gateway, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(
                outage switch
                {
                    null => gateway,
                    Failing.Refused => new DnsEndPoint("127.0.0.1", 1), // a port that nobody may listen on
                    Failing.NoSuchName => new DnsEndPoint("nowhere.invalid", 443),
                    _ => new DnsEndPoint("127.0.0.1", OtherPort),
                },
                cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync()
    {
        while (true) _ = ServeAsync(await _other.AcceptSocketAsync(_ending.Token));
    }

    private async Task ServeAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        try
        {
            Failing? outage;
            lock (_open) outage = _outage;
            switch (outage)
            {
                case Failing.ExpiredCertificate:
                    await using (var secured = new SslStream(client))
                        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _expired }, _ending.Token);
                    break;
                case Failing.NoTls:
                    await client.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), _ending.Token);
                    break;
                case Failing.Reset:
                    await client.ReadExactlyAsync(new byte[16], _ending.Token);
                    accepted.LingerState = new LingerOption(enable: true, seconds: 0); // closing it is a reset
                    break;
                default:
                    await client.CopyToAsync(Stream.Null, _ending.Token);
                    break;
            }
        }
        catch (Exception end) when (end is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            // The other side went away, or did not like the certificate.
        }
    }
}
