using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Bench;

/// <summary>
/// The @connections endpoint as a measure wants it: takes any post, answers after the latency given, costs next to nothing. Plain
/// sockets, because a web server would need more CPU than the posters that are measured; TLS on them is .NET's. Ends with its standard input.
/// </summary>
internal static class Sink
{
    private static readonly byte[] Ok = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n"
        + "x-amzn-RequestId: 6f0c2c0e-3f0f-4a52-9a8b-1c7a3a1f7e11\r\nx-amz-apigw-id: Qv7kLd3mIAMCJw8=\r\n\r\n");

    public static async Task<int> RunAsync(string scheme, TimeSpan latency)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1_000);
        Console.WriteLine($"{scheme}://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/bench");
        var tls = scheme == "https"
            ? new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(SinkCertificate.Load(), additionalCertificates: null, offline: true),
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            }
            : null;
        _ = AcceptAsync(listener, tls, latency);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static async Task AcceptAsync(TcpListener listener, SslServerAuthenticationOptions? tls, TimeSpan latency)
    {
        while (true)
        {
            var client = await listener.AcceptSocketAsync();
            client.NoDelay = true;
            _ = ServeAsync(new NetworkStream(client, ownsSocket: true), tls, latency);
        }
    }

    private static async Task ServeAsync(NetworkStream socket, SslServerAuthenticationOptions? tls, TimeSpan latency)
    {
        var client = tls is null ? (Stream)socket : new SslStream(socket);
        try
        {
            if (client is SslStream secure)
                await secure.AuthenticateAsServerAsync(tls!);
            await ServeAsync(client, latency);
        }
        catch (IOException)
        {
            // The poster hung up.
        }
        finally
        {
            await client.DisposeAsync();
        }
    }

    private static async Task ServeAsync(Stream client, TimeSpan latency)
    {
        var buffer = new byte[256 * 1024];
        var filled = 0;
        while (true)
        {
            var read = await client.ReadAsync(buffer.AsMemory(filled));
            if (read == 0)
                return;

            filled += read;
            if (Http2Sink.IsPreface(buffer.AsSpan(0, filled)))
            {
                await new Http2Sink(client, latency).ServeAsync(buffer.AsMemory(0, filled));
                return;
            }

            while (LengthOfRequest(buffer.AsSpan(0, filled)) is { } length && length <= filled)
            {
                buffer.AsSpan(length, filled - length).CopyTo(buffer);
                filled -= length;
                if (latency > TimeSpan.Zero)
                    await Task.Delay(latency, TimeProvider.System);
                await client.WriteAsync(Ok);
            }
        }
    }

    private static int? LengthOfRequest(ReadOnlySpan<byte> received)
    {
        var headers = received.IndexOf("\r\n\r\n"u8);
        if (headers < 0)
            return null;

        for (var line = received[..headers]; !line.IsEmpty;)
        {
            var end = line.IndexOf("\r\n"u8);
            var header = end < 0 ? line : line[..end];
            if (header.Length > 15 && Ascii.EqualsIgnoreCase(header[..15], "content-length:"u8))
                return headers + 4 + int.Parse(header[15..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            line = end < 0 ? [] : line[(end + 2)..];
        }

        return headers + 4;
    }
}
