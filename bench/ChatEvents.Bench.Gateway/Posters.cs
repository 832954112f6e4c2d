using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChatEvents.Bench.Gateway;

/// <summary>Posts over a few keep-alive connections, one request at a time on each.</summary>
internal static class Posters
{
    private const int Parallelism = 32;
    private static readonly string Body = new('x', 100);

    /// <param name="target">The server.</param>
    /// <param name="connectionIds">Whom the posts go to, in turns.</param>
    /// <param name="posts">How many.</param>
    /// <param name="stage">The path before <c>/@connections</c>.</param>
    public static async Task<TimeSpan> PostAsync(Uri target, IReadOnlyList<string> connectionIds, int posts, string stage = "/local")
    {
        var requests = connectionIds.Select(id => Encoding.ASCII.GetBytes(
            $"POST {stage}/@connections/{id} HTTP/1.1\r\nHost: localhost\r\nContent-Type: binary/octet-stream\r\nContent-Length: {Body.Length}\r\n\r\n{Body}")).ToArray();
        var next = -1;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Parallelism).Select(async _ =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(target.Host), target.Port));
            var answer = new byte[1024];
            while (Interlocked.Increment(ref next) is var post && post < posts)
            {
                await socket.SendAsync(requests[post % requests.Length]);
                var length = 0;
                do
                {
                    var read = await socket.ReceiveAsync(answer.AsMemory(length));
                    if (read == 0)
                        throw new InvalidOperationException("The server ended a connection of the posters.");
                    length += read;
                }
                while (!answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8));

                // serverless-offline answers 204.
                if (!answer.AsSpan().StartsWith("HTTP/1.1 20"u8))
                    throw new InvalidOperationException($"A post was answered {Encoding.ASCII.GetString(answer, 0, length)}");
            }
        }));
        return TimeProvider.System.GetElapsedTime(started);
    }
}
