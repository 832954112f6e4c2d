using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>Opens a socket to a gateway; a test opens something else.</summary>
/// <exception cref="SocketException">The gateway cannot be reached.</exception>
public delegate ValueTask<Stream> GatewayDial(CallbackEndpoint endpoint, CancellationToken cancellation);

/// <summary>The sockets that the worker opens to gateways.</summary>
public static class GatewaySockets
{
    /// <summary>Opens the socket, and TLS on it where the endpoint is https.</summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="http">What is offered to the gateway in the handshake of TLS (ALPN), which then chooses.</param>
    /// <param name="trust">Which certificates are trusted; null for those that the machine trusts.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async ValueTask<Stream> DialAsync(
        CallbackEndpoint endpoint, HttpChoice http, X509ChainPolicy? trust, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint.Server, cancellation).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return endpoint.TlsName is { } name ? await SecureAsync(stream, name, http, trust, cancellation).ConfigureAwait(false) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async ValueTask<Stream> SecureAsync(
        NetworkStream stream, string name, HttpChoice http, X509ChainPolicy? trust, CancellationToken cancellation)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = http switch
                    {
                        HttpChoice.Http1 => [SslApplicationProtocol.Http11],
                        HttpChoice.Http2 => [SslApplicationProtocol.Http2],
                        _ => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    },
                    CertificateChainPolicy = trust,
                },
                cancellation).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
