using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Bench;

/// <summary>
/// The @connections endpoint as a measure wants it: takes any post, answers after the latency given, costs next to nothing. Plain
/// sockets, because a web server would need more CPU than the posters that are measured. Ends with its standard input.
/// </summary>
internal static class Sink
{
    private static readonly byte[] Ok = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n"
        + "x-amzn-RequestId: 6f0c2c0e-3f0f-4a52-9a8b-1c7a3a1f7e11\r\nx-amz-apigw-id: Qv7kLd3mIAMCJw8=\r\n\r\n");

    public static async Task<int> RunAsync(TimeSpan latency)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1_000);
        Console.WriteLine($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/bench");
        _ = AcceptAsync(listener, latency);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static async Task AcceptAsync(TcpListener listener, TimeSpan latency)
    {
        while (true)
        {
            var client = await listener.AcceptSocketAsync();
            client.NoDelay = true;
            _ = ServeAsync(client, latency);
        }
    }

    private static async Task ServeAsync(Socket client, TimeSpan latency)
    {
        var buffer = new byte[256 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                var read = await client.ReceiveAsync(buffer.AsMemory(filled));
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
                    await client.SendAsync(Ok);
                }
            }
        }
        catch (SocketException)
        {
            // The poster hung up.
        }
        finally
        {
            client.Dispose();
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
