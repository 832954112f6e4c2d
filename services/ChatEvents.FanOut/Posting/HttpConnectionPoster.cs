using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Posts over one connection pool. The way of a post that succeeds is kept short: no retry layer, no redirects, cookies, proxy or
/// trace headers, one time limit object used over and over.
/// </summary>
public sealed class HttpConnectionPoster : IConnectionPoster, IDisposable
{
    private readonly HttpMessageInvoker _gateway;
    private readonly PostSigner _signer;
    private readonly CallbackCredentials _credentials;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ConcurrentBag<CancellationTokenSource> _timeLimits = [];

    public HttpConnectionPoster(
        HttpMessageHandler gateway, PostSigner signer, CallbackCredentials credentials, IOptions<FanOutOptions> options, TimeProvider time)
    {
        _gateway = new HttpMessageInvoker(gateway);
        _signer = signer;
        _credentials = credentials;
        _time = time;
        _timeout = options.Value.PostTimeout;
    }

    /// <summary>The handler made for this: as many sockets as posts may be under way, and nothing that a post has no use for.</summary>
    public static SocketsHttpHandler CreateHandler(FanOutOptions options) => new()
    {
        MaxConnectionsPerServer = options.Concurrency,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10), // the gateway's addresses change
        ConnectTimeout = options.PostTimeout,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    };

    public ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning) =>
        message.IsTooLarge
            ? new ValueTask<Delivery>(new Delivery(DeliveryOutcome.TooLarge))
            : SendAsync(HttpMethod.Post, connection, message.PayloadHash, message.Content, abandoning);

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        SendAsync(HttpMethod.Delete, connection, EmptyPayloadHash, content: null, abandoning);

    public void Dispose() => _gateway.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery> SendAsync(
        HttpMethod method, Connection connection, string payloadHash, HttpContent? content, CancellationToken abandoning)
    {
        var timeLimit = StartTimeLimit();
        var abandoned = abandoning.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), timeLimit);
        try
        {
            // Not disposed: all that would do is to dispose the content, which other requests share.
            var request = CreateRequest(method, connection, payloadHash, content);
            using var response = await _gateway.SendAsync(request, timeLimit.Token).ConfigureAwait(false);
            return DeliveryOf(response);
        }
        catch (OperationCanceledException) when (!abandoning.IsCancellationRequested)
        {
            return new Delivery(DeliveryOutcome.Failed, Reason: $"no answer within {_timeout.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException failure)
        {
            return new Delivery(DeliveryOutcome.Failed, Reason: failure.Message);
        }
        finally
        {
            await abandoned.DisposeAsync().ConfigureAwait(false); // before the limit is used again
            Return(timeLimit);
        }
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, Connection connection, string payloadHash, HttpContent? content)
    {
        var id = CallbackEndpoint.Escape(connection.Id);
        var signature = _signer.Sign(
            method.Method, connection.Endpoint, id, payloadHash, _credentials.Current, _time.GetUtcNow());

        var request = new HttpRequestMessage(method, connection.Endpoint.UriOf(id)) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Date", signature.Timestamp);
        request.Headers.TryAddWithoutValidation("X-Amz-Content-SHA256", payloadHash);
        if (signature.SecurityToken is not null)
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", signature.SecurityToken);
        request.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
        return request;
    }

    private Delivery DeliveryOf(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.OK or HttpStatusCode.NoContent => new Delivery(DeliveryOutcome.Delivered),
        HttpStatusCode.Gone => new Delivery(DeliveryOutcome.Gone),
        HttpStatusCode.TooManyRequests => new Delivery(DeliveryOutcome.Throttled, RetryAfterOf(response)),
        HttpStatusCode.RequestEntityTooLarge => new Delivery(DeliveryOutcome.TooLarge),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new Delivery(
            DeliveryOutcome.Forbidden, Reason: $"{(int)response.StatusCode} {ErrorTypeOf(response)}"),
        var status => new Delivery(DeliveryOutcome.Failed, RetryAfterOf(response), $"{(int)status} {ErrorTypeOf(response)}"),
    };

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > _time.GetUtcNow() => date - _time.GetUtcNow(),
        _ => null,
    };

    private static string ErrorTypeOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? string.Join(' ', types) : response.ReasonPhrase ?? "";

    private CancellationTokenSource StartTimeLimit()
    {
        if (!_timeLimits.TryTake(out var timeLimit))
            return new CancellationTokenSource(_timeout, _time);

        timeLimit.CancelAfter(_timeout);
        return timeLimit;
    }

    private void Return(CancellationTokenSource timeLimit)
    {
        if (timeLimit.TryReset())
            _timeLimits.Add(timeLimit);
        else
            timeLimit.Dispose();
    }

    private const string EmptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
}
