using System.Collections.Concurrent;
using System.Net;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The gateway in place of .NET's HTTP client: records each request, and answers what the test wants.</summary>
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
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var post = new RecordedPost(request.Method, Uri.UnescapeDataString(request.RequestUri!.Segments[^1]), body);
        Requests.Enqueue(post);
        var response = await OnRequest(post, cancellationToken);
        post.Status = response.StatusCode;
        return response;
    }
}

internal sealed record RecordedPost(HttpMethod Method, string ConnectionId, string Body)
{
    public HttpStatusCode? Status { get; set; }
}
