using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The gateway as a poster's HTTP handler sees it: writes down each request, and answers what the test wants.</summary>
internal sealed class RecordingGateway : HttpMessageHandler
{
    public ConcurrentQueue<RecordedPost> Requests { get; } = [];

    /// <summary>The answer to a request; 200 unless the test says otherwise.</summary>
    public Func<RecordedPost, CancellationToken, Task<HttpResponseMessage>> OnRequest { get; set; } = (_, _) => Answer(HttpStatusCode.OK);

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

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(cancellationToken));
        var post = new RecordedPost(
            request.Method,
            request.RequestUri!,
            Uri.UnescapeDataString(request.RequestUri!.Segments[^1]),
            body,
            request.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
        Requests.Enqueue(post);
        var response = await OnRequest(post, cancellationToken);
        post.Status = response.StatusCode;
        return response;
    }
}

internal sealed record RecordedPost(
    HttpMethod Method, Uri Uri, string ConnectionId, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public HttpStatusCode? Status { get; set; }
}
