using System.Collections.Concurrent;
using System.Net;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The gateway in place of .NET's HTTP client: records each request, and answers what the test wants.</summary>
internal sealed class RecordingGateway : HttpMessageHandler
{
    /// <summary>The connection that does not exist; the worker posts to it to ask whether the gateway is there.</summary>
    private const string NoConnection = "AAAAAAAAAAAAAAA=";

    private int _hanging;

    /// <summary>All but the questions whether it is there.</summary>
    public ConcurrentQueue<RecordedPost> Requests { get; } = [];

    public ConcurrentQueue<RecordedPost> Questions { get; } = [];

    /// <summary>How many posts and questions hang.</summary>
    public int Hanging => Volatile.Read(ref _hanging);

    /// <summary>The answer to the question whether the gateway is there; that there is no such connection, unless the test says otherwise.</summary>
    public Func<RecordedPost, CancellationToken, Task<HttpResponseMessage>> OnQuestion { get; set; } =
        (_, _) => Answer(HttpStatusCode.Gone, "GoneException");

    /// <summary>The answer to a request; 200 unless the test says otherwise.</summary>
    public Func<RecordedPost, CancellationToken, Task<HttpResponseMessage>> OnRequest { get; set; } = (_, _) => Answer(HttpStatusCode.OK);

    public static Task<HttpResponseMessage> Answer(HttpStatusCode status, string? errorType = null, TimeSpan? retryAfter = null)
    {
        var response = new HttpResponseMessage(status);
        if (errorType is not null) response.Headers.Add("x-amzn-ErrorType", errorType);
        if (retryAfter is { } delta) response.Headers.RetryAfter = new(delta);
        return Task.FromResult(response);
    }

    /// <summary>Answers nothing until the caller gives up.</summary>
    public Task<HttpResponseMessage> HangAsync(CancellationToken cancellation) =>
        AnswerLateAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, HttpStatusCode.OK, cancellation);

    /// <summary>Hangs for a while, and then answers.</summary>
    public async Task<HttpResponseMessage> AnswerLateAsync(
        TimeSpan after, TimeProvider time, HttpStatusCode status, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _hanging);
        try
        {
            await Task.Delay(after, time, cancellation);
            return await Answer(status);
        }
        finally
        {
            Interlocked.Decrement(ref _hanging);
        }
    }

    /// <summary>What a connection was sent, in order; only what the gateway took.</summary>
    public IEnumerable<string> DeliveredTo(string connectionId) => Requests
        .Where(request => request.ConnectionId == connectionId && request.Status == HttpStatusCode.OK)
        .Select(request => request.Body);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var id = Uri.UnescapeDataString(request.RequestUri!.Segments[^1]);
        var post = new RecordedPost(request.Method, id, body) { Host = request.RequestUri.Host, IsQuestion = id == NoConnection };
        (post.IsQuestion ? Questions : Requests).Enqueue(post);
        var response = await (post.IsQuestion ? OnQuestion : OnRequest)(post, cancellationToken);
        post.Status = response.StatusCode;
        return response;
    }
}

internal sealed record RecordedPost(HttpMethod Method, string ConnectionId, string Body)
{
    public string Host { get; init; } = "";

    public bool IsQuestion { get; init; }

    public HttpStatusCode? Status { get; set; }
}
