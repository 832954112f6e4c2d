using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The gateway behind the sockets that a poster opens: writes down each request, and answers what the test wants.</summary>
internal sealed class RecordingGateway
{
    public ConcurrentQueue<RecordedPost> Requests { get; } = [];

    /// <summary>The answer to a request; 200 unless the test says otherwise.</summary>
    public Func<RecordedPost, CancellationToken, Task<HttpResponseMessage>> OnRequest { get; set; } = (_, _) => Answer(HttpStatusCode.OK);

    /// <summary>Whether there is nobody to open a socket to.</summary>
    public bool Refuses { get; set; }

    /// <summary>What opening a socket waits for.</summary>
    public Task Opening { get; set; } = Task.CompletedTask;

    /// <summary>How many sockets were opened.</summary>
    public int Dialled { get; private set; }

    public static Task<HttpResponseMessage> Answer(HttpStatusCode status, string? errorType = null, TimeSpan? retryAfter = null)
    {
        var response = new HttpResponseMessage(status);
        if (errorType is not null) response.Headers.Add("x-amzn-ErrorType", errorType);
        if (retryAfter is { } delta) response.Headers.RetryAfter = new(delta);
        return Task.FromResult(response);
    }

    /// <summary>What a connection was sent, in order; only what the gateway took.</summary>
    public IEnumerable<string> DeliveredTo(string connectionId) => Requests
        .Where(request => request.ConnectionId == connectionId && request.Status == HttpStatusCode.OK)
        .Select(request => request.Body);

    public async ValueTask<Stream> DialAsync(CallbackEndpoint endpoint, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await Opening.WaitAsync(cancellation);
        if (Refuses) throw new SocketException((int)SocketError.ConnectionRefused);
        Dialled++;
        return new Wire(request => AnswerAsync(endpoint, request.Text, request.Cancellation));
    }

    private async Task<byte[]> AnswerAsync(CallbackEndpoint endpoint, byte[] request, CancellationToken cancellation)
    {
        var post = RecordedPost.Parse(endpoint, request);
        Requests.Enqueue(post);
        using var response = await OnRequest(post, cancellation);
        post.Status = response.StatusCode;

        var headers = string.Concat(response.Headers.Select(header => $"{header.Key}: {string.Join(", ", header.Value)}\r\n"));
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {(int)response.StatusCode} {response.ReasonPhrase}\r\n{headers}Content-Length: 0\r\n\r\n"));
    }

    /// <summary>A socket's stream: takes one request, gives its answer.</summary>
    private sealed class Wire(Func<(byte[] Text, CancellationToken Cancellation), Task<byte[]>> answer) : MemoryStream
    {
        private readonly MemoryStream _request = new();
        private MemoryStream _answer = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _request.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_request.Length > 0)
            {
                var request = _request.ToArray();
                _request.SetLength(0);
                _answer = new MemoryStream(await answer((request, cancellationToken)));
            }

            return _answer.Read(buffer.Span);
        }
    }
}

internal sealed record RecordedPost(
    HttpMethod Method, Uri Uri, string ConnectionId, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public HttpStatusCode? Status { get; set; }

    public static RecordedPost Parse(CallbackEndpoint endpoint, byte[] request)
    {
        var endOfHead = request.AsSpan().IndexOf("\r\n\r\n"u8);
        var lines = Encoding.ASCII.GetString(request, 0, endOfHead).Split("\r\n");
        var body = request.AsSpan(endOfHead + 4);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        Assert.Equal(headers["Content-Length"], $"{body.Length}");
        var (method, path) = lines[0].Split(' ') is [var verb, var target, "HTTP/1.1"] ? (verb, target) : throw new FormatException(lines[0]);
        return new RecordedPost(
            HttpMethod.Parse(method),
            new Uri($"{endpoint.Address.Scheme}://{headers["Host"]}{path}"),
            Uri.UnescapeDataString(path.Split('/')[^1]),
            Encoding.UTF8.GetString(body),
            headers);
    }
}
