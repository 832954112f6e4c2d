using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Posts over HTTP/1.1 connections of our own. The way of a post that succeeds is kept short: one buffer that the signed request is
/// written to, one write, one read, and nothing allocated; no retry layer either.
/// </summary>
public sealed class HttpConnectionPoster(
    GatewayConnections gateways, PostSigner signer, CallbackCredentials credentials, IOptions<FanOutOptions> options, TimeProvider time)
    : IConnectionPoster
{
    private readonly TimeSpan _timeout = options.Value.PostTimeout;

    public ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning) =>
        message.IsTooLarge
            ? new ValueTask<Delivery>(new Delivery(DeliveryOutcome.TooLarge))
            : SendAsync(HttpVerb.Post, connection, message.PayloadHash, message.Body, abandoning);

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        SendAsync(HttpVerb.Delete, connection, PayloadHash.Empty, ReadOnlyMemory<byte>.Empty, abandoning);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery> SendAsync(
        HttpVerb verb, Connection connection, PayloadHash payloadHash, ReadOnlyMemory<byte> body, CancellationToken abandoning)
    {
        var gateway = gateways.TakeIdle(connection.Endpoint);
        var mayBeClosed = gateway is not null;
        while (true)
        {
            try
            {
                gateway ??= await gateways.DialAsync(connection.Endpoint, abandoning).ConfigureAwait(false);
                var answer = await ExchangeAsync(gateway, verb, connection, payloadHash, body, abandoning).ConfigureAwait(false);
                if (answer.KeepsOpen)
                    gateways.Return(connection.Endpoint, gateway);
                else
                    gateway.Dispose();
                return DeliveryOf(answer);
            }
            catch (IOException) when (mayBeClosed && gateway is { HasAnswered: false })
            {
                // The gateway had closed an idle connection. That is no failure of the post, which now gets a connection of its own.
                gateway.Dispose();
                gateway = null;
                mayBeClosed = false;
            }
            catch (OperationCanceledException) when (!abandoning.IsCancellationRequested)
            {
                gateway?.Dispose();
                return new Delivery(DeliveryOutcome.Failed, Reason: $"no answer within {_timeout.TotalSeconds:0.###} s");
            }
            catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException or InvalidDataException)
            {
                gateway?.Dispose();
                return new Delivery(DeliveryOutcome.Failed, Reason: failure.Message);
            }
            catch
            {
                gateway?.Dispose();
                throw;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GatewayAnswer> ExchangeAsync(
        GatewayConnection gateway,
        HttpVerb verb,
        Connection connection,
        PayloadHash payloadHash,
        ReadOnlyMemory<byte> body,
        CancellationToken abandoning)
    {
        gateway.TimeLimit.CancelAfter(_timeout);
        var abandoned = abandoning.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), gateway.TimeLimit);
        try
        {
            var head = WriteHead(gateway, verb, connection, payloadHash, body.Length);
            return await gateway.ExchangeAsync(head, body).ConfigureAwait(false);
        }
        finally
        {
            await abandoned.DisposeAsync().ConfigureAwait(false); // before the limit is used again
        }
    }

    private int WriteHead(GatewayConnection gateway, HttpVerb verb, Connection connection, PayloadHash payloadHash, int bodyLength)
    {
        const int Fixed = 128;
        var endpoint = connection.Endpoint;
        var id = CallbackEndpoint.Escape(connection.Id);
        var keys = credentials.Current;
        var now = time.GetUtcNow();
        var atMost = Fixed + endpoint.Path.Length + id.Length + endpoint.Host.Length + signer.LengthOfHeaders(keys, now);

        var head = new AsciiWriter(gateway.RequestBuffer(atMost));
        var method = verb == HttpVerb.Post ? "POST"u8 : "DELETE"u8;
        head.Add(method);
        head.Add(" "u8);
        head.Add(endpoint.Path.Span);
        head.Add(id);
        head.Add(" HTTP/1.1\r\nHost: "u8);
        head.Add(endpoint.Host.Span);
        head.Add("\r\nContent-Length: "u8);
        head.Add(bodyLength);
        head.Add("\r\n"u8);
        head.Advance(signer.WriteHeaders(head.Free, method, endpoint, id, payloadHash, keys, now));
        head.Add("\r\n"u8);
        return head.Length;
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

    /// <summary><c>Retry-After</c> is a number of seconds or a date (RFC 9110, 10.2.3); anything else, and a date that is past, is none.</summary>
    private TimeSpan? RetryAfterOf(GatewayAnswer answer)
    {
        if (int.TryParse(answer.RetryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(
            answer.RetryAfter, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date > time.GetUtcNow()
            ? date - time.GetUtcNow()
            : null;
    }

    private static string ReasonOf(GatewayAnswer answer) =>
        answer.ErrorType is null ? $"{answer.Status}" : $"{answer.Status} {answer.ErrorType}";

    private enum HttpVerb
    {
        Post,
        Delete,
    }
}
