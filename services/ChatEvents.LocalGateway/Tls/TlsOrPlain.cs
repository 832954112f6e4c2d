using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ChatEvents.LocalGateway.Tls;

/// <summary>
/// TLS and plain HTTP on one port, told apart by the first byte: a TLS handshake begins with 0x16, which no HTTP method does. Kestrel's
/// own TLS would make the whole endpoint an https one.
/// </summary>
internal sealed class TlsOrPlain(CertificateStore certificates, TimeSpan handshakeTimeout, TimeProvider time, ILogger log)
{
    private const byte HandshakeRecord = 0x16;

    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await IsTlsAsync(connection.Transport.Input))
            await ServeTlsAsync(connection, next);
        else
            await next(connection);
    }

    /// <summary>Looks at the first byte without consuming it.</summary>
    private static async ValueTask<bool> IsTlsAsync(PipeReader input)
    {
        try
        {
            var first = await input.ReadAsync();
            var isTls = !first.Buffer.IsEmpty && first.Buffer.FirstSpan[0] == HandshakeRecord;
            input.AdvanceTo(first.Buffer.Start);
            return isTls;
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            return false; // Kestrel meets the same end
        }
    }

    private async Task ServeTlsAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var plain = connection.Transport;
        await using var tls = new SslStream(new DuplexStream(plain));
        try
        {
            using var timeout = new CancellationTokenSource(handshakeTimeout, time);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificates.Context,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                },
                timeout.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            log.TlsHandshakeFailed((e.InnerException ?? e).Message);
            return;
        }

        var feature = new TlsFeature(tls.NegotiatedApplicationProtocol.Protocol);
        connection.Features.Set<ITlsConnectionFeature>(feature);
        connection.Features.Set<ITlsApplicationProtocolFeature>(feature);
        var input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        var output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
        connection.Transport = new DuplexPipe(input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            await input.CompleteAsync();
            await output.CompleteAsync();
            connection.Transport = plain;
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Tells Kestrel that the scheme is https, and which HTTP was agreed on.</summary>
    private sealed class TlsFeature(ReadOnlyMemory<byte> protocol) : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public ReadOnlyMemory<byte> ApplicationProtocol => protocol;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
