using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Posts over connections of our own, HTTP/2 where the gateway speaks it. The way of a post that succeeds is kept short: the signed
/// request is written once, of the answer the status is read, and nothing is allocated; there is no retry layer either.
/// </summary>
public sealed class HttpConnectionPoster(
    GatewayConnections gateways, IOptions<FanOutOptions> options, TimeProvider time) : IConnectionPoster
{
    /// <summary>How often a request is made of a gateway that closes each connection without looking at it; arbitrary.</summary>
    private const int MaxAsks = 5;

    /// <summary>
    /// Longer is never waited, whatever <c>Retry-After</c> asks for: one answer, perhaps of a proxy, must not stop all posts for a day. A
    /// quota refills by the second; arbitrary otherwise.
    /// </summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _timeout = options.Value.PostTimeout;

    public ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning) => message.IsTooLarge
        ? new ValueTask<Delivery>(new Delivery(DeliveryOutcome.TooLarge))
        : AskAsync(RequestOf(HttpVerb.Post, connection, message.PayloadHash, message.Body), abandoning);

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        AskAsync(RequestOf(HttpVerb.Delete, connection, PayloadHash.Empty, ReadOnlyMemory<byte>.Empty), abandoning);

    private GatewayRequest RequestOf(HttpVerb verb, Connection connection, PayloadHash payloadHash, ReadOnlyMemory<byte> body) =>
        new(verb, connection.Endpoint, CallbackEndpoint.Escape(connection.Id), payloadHash, body, time.GetTimestamp());

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery> AskAsync(GatewayRequest request, CancellationToken abandoning)
    {
        for (var asks = 1; ; asks++)
        {
            try
            {
                var gateway = await gateways.TakeAsync(request, abandoning).ConfigureAwait(false);
                return DeliveryOf(await gateway.ExchangeAsync(request, _timeout, abandoning).ConfigureAwait(false));
            }
            catch (RequestNotTakenException) when (asks < MaxAsks)
            {
                // That is no failure of the post, which now gets another connection.
            }
            catch (Exception late)
                when (late is TimeoutException || (late is OperationCanceledException && !abandoning.IsCancellationRequested))
            {
                return new Delivery(DeliveryOutcome.Failed, Reason: $"no answer within {_timeout.TotalSeconds:0.###} s");
            }
            catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException or InvalidDataException)
            {
                return new Delivery(DeliveryOutcome.Failed, Reason: failure.Message);
            }
        }
    }

    private Delivery DeliveryOf(GatewayAnswer answer) => answer.Status switch
    {
        200 or 204 => new Delivery(DeliveryOutcome.Delivered),
        410 => new Delivery(DeliveryOutcome.Gone),
        429 => new Delivery(DeliveryOutcome.Throttled, RetryAfterOf(answer)),
        413 => new Delivery(DeliveryOutcome.TooLarge),
        401 or 403 => new Delivery(DeliveryOutcome.Forbidden, Reason: ReasonOf(answer)),
        _ => new Delivery(DeliveryOutcome.Failed, RetryAfterOf(answer), ReasonOf(answer)),
    };

    /// <summary>
    /// <c>Retry-After</c> is a number of seconds or a date (RFC 9110, 10.2.3); anything else, and a date that is past, is none.
    /// </summary>
    private TimeSpan? RetryAfterOf(GatewayAnswer answer)
    {
        if (double.TryParse(answer.RetryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(Math.Min(seconds, MaxRetryAfter.TotalSeconds));
        if (!DateTimeOffset.TryParseExact(answer.RetryAfter, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return null;
        var left = date - time.GetUtcNow();
        return left > MaxRetryAfter ? MaxRetryAfter : left > TimeSpan.Zero ? left : null;
    }

    private static string ReasonOf(GatewayAnswer answer) =>
        answer.ErrorType is null ? $"{answer.Status}" : $"{answer.Status} {answer.ErrorType}";
}
