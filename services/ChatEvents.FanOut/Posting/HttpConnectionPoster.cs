using System.Globalization;
using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Posts by .NET's HTTP client, with a signature of our own, which costs a fraction of what Amazon's client takes. There is no retry layer
/// here; what .NET itself sends again is in docs/fan-out.md.
/// </summary>
/// <param name="gateways">The connections to all gateways; <see cref="GatewayHttp"/> says how they are set up.</param>
/// <param name="signer">Signs the requests.</param>
/// <param name="credentials">With these.</param>
/// <param name="options">Settings.</param>
/// <param name="time">The clock of time limits and signatures.</param>
public sealed class HttpConnectionPoster(
    HttpMessageInvoker gateways, PostSigner signer, CallbackCredentials credentials, IOptions<FanOutOptions> options, TimeProvider time)
    : IConnectionPoster
{
    /// <summary>How much of an answer's body is read so that its connection can be used again; nothing of it is needed.</summary>
    private const int LongestBody = 64 * 1_024;

    /// <summary>
    /// The longest wait, whatever <c>Retry-After</c> asks for: one answer, perhaps of a proxy, must not stop all posts for a day. A quota
    /// refills by the second; arbitrary otherwise.
    /// </summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Where all bodies of answers end. Nobody reads it, so that all posts may write to it at once.</summary>
    private static readonly byte[] Unread = new byte[4_096];

    private readonly HttpChoice _http = options.Value.Http;
    private readonly TimeSpan _timeout = options.Value.PostTimeout;
    private readonly ObjectPool<CancellationTokenSource> _timeLimits = TimeLimits.CreatePool(time, options.Value.Concurrency);

    public ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning) => message.IsTooLarge
        ? new ValueTask<Delivery>(new Delivery(DeliveryOutcome.TooLarge))
        : SendAsync(HttpMethod.Post, connection, message, abandoning);

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        SendAsync(HttpMethod.Delete, connection, message: null, abandoning);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery> SendAsync(
        HttpMethod method, Connection connection, RenderedMessage? message, CancellationToken abandoning)
    {
        var timeLimit = _timeLimits.Get();
        var abandoned = abandoning.UnsafeRegister(static timeLimit => ((CancellationTokenSource)timeLimit!).Cancel(), timeLimit);
        try
        {
            timeLimit.CancelAfter(_timeout);
            using var request = CreateRequest(method, connection, message);
            using var response = await gateways.SendAsync(request, timeLimit.Token).ConfigureAwait(false);
            await SkipBodyAsync(response, timeLimit.Token).ConfigureAwait(false);
            return DeliveryOf(response);
        }
        catch (OperationCanceledException)
        {
            abandoning.ThrowIfCancellationRequested();
            return new Delivery(DeliveryOutcome.Failed, Reason: $"no answer within {_timeout.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException failure)
        {
            return new Delivery(DeliveryOutcome.Failed, Reason: failure.GetBaseException().Message);
        }
        finally
        {
            await abandoned.DisposeAsync().ConfigureAwait(false); // before the limit is used again
            _timeLimits.Return(timeLimit);
        }
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, Connection connection, RenderedMessage? message)
    {
        var id = CallbackEndpoint.Escape(connection.Id);
        var request = GatewayHttp.CreateRequest(method, connection.Endpoint.Connections + id, _http);
        if (message is not null)
            request.Content = new ReadOnlyMemoryContent(message.Body);
        signer.Sign(
            request, connection.Endpoint, id, message?.PayloadHash ?? PostSigner.EmptyPayloadHash, credentials.Current, time.GetUtcNow());
        return request;
    }

    /// <summary>Reads the body to its end. If there is none, the connection is lost, but the status stands: it says what became of the post.</summary>
    private static async ValueTask SkipBodyAsync(HttpResponseMessage response, CancellationToken timeLimit)
    {
        try
        {
            var body = response.Content.ReadAsStream(timeLimit);
            for (int read, rest = LongestBody; rest > 0; rest -= read)
            {
                read = await body.ReadAsync(Unread, timeLimit).ConfigureAwait(false);
                if (read == 0)
                    return;
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            // Disposing of the response closes the connection, or cancels the stream.
        }
    }

    private Delivery DeliveryOf(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        200 or 204 => new Delivery(DeliveryOutcome.Delivered),
        410 => new Delivery(DeliveryOutcome.Gone),
        429 => new Delivery(DeliveryOutcome.Throttled, RetryAfterOf(response)),
        413 => new Delivery(DeliveryOutcome.TooLarge),
        401 or 403 => new Delivery(DeliveryOutcome.Forbidden, Reason: ReasonOf(response)),
        var status => new Delivery(DeliveryOutcome.Failed, RetryAfterOf(response), ReasonOf(response)) { IsRefused = status < 500 },
    };

    /// <summary>
    /// <c>Retry-After</c> is a number of seconds or a date (RFC 9110, 10.2.3); anything else, and a date that is past, is none.
    /// </summary>
    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var value = ValueOf(response, "Retry-After");
        if (double.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(Math.Min(seconds, MaxRetryAfter.TotalSeconds));
        if (!DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return null;
        var left = date - time.GetUtcNow();
        return left > MaxRetryAfter ? MaxRetryAfter : left > TimeSpan.Zero ? left : null;
    }

    private static string ReasonOf(HttpResponseMessage response) => ValueOf(response, "x-amzn-ErrorType") is { } errorType
        ? $"{(int)response.StatusCode} {errorType}"
        : $"{(int)response.StatusCode}";

    private static string? ValueOf(HttpResponseMessage response, string header) =>
        response.Headers.NonValidated.TryGetValues(header, out var values) ? values.ToString() : null;
}

/// <summary>Time limits of posts. They are pooled, because creating one costs more than the rest of what a post needs of it.</summary>
internal sealed class TimeLimits(TimeProvider time) : PooledObjectPolicy<CancellationTokenSource>
{
    public static ObjectPool<CancellationTokenSource> CreatePool(TimeProvider time, int retained) =>
        new DefaultObjectPoolProvider { MaximumRetained = retained }.Create(new TimeLimits(time));

    public override CancellationTokenSource Create() => new(Timeout.InfiniteTimeSpan, time);

    /// <returns>False if it was cancelled, or runs on another clock than the system's, which .NET cannot reset.</returns>
    public override bool Return(CancellationTokenSource obj) => obj.TryReset();
}
