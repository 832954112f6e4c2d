using System.Buffers;
using System.Text.Json;
using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The management API: <c>POST</c>, <c>GET</c> and <c>DELETE /{stage}/@connections/{id}</c>.</summary>
internal sealed class ConnectionsEndpoint(
    LimitOptions limits,
    SignatureV4? signatures,
    ConnectionTable connections,
    AccountThrottle throttle,
    FaultInjector faults,
    Ids ids,
    TimeProvider time,
    ILogger log)
{
    public async Task PostAsync(HttpContext http, ApiAddress address)
    {
        (byte[] Rented, int Length)? read;
        try
        {
            read = await TryReadBodyAsync(http.Request, limits.MessageBytes);
        }
        catch (BadHttpRequestException e)
        {
            Answer(http, ManagementAnswer.BadRequest(e.Message));
            return;
        }

        if (read is not var (body, length))
        {
            Answer(http, ManagementAnswer.PayloadTooLarge);
            return;
        }

        if (await FindAsync(http, address, body.AsMemory(OutboundFrame.Gap, length)) is not { } connection)
        {
            ArrayPool<byte>.Shared.Return(body);
            return;
        }

        Answer(http, connection.Post(body, length) switch
        {
            SendOutcome.Accepted => ManagementAnswer.Ok,
            SendOutcome.BufferFull => ManagementAnswer.LimitExceeded,
            _ => ManagementAnswer.Gone,
        });
    }

    public async Task GetAsync(HttpContext http, ApiAddress address)
    {
        if (await FindAsync(http, address, default) is not { } connection)
            return;
        Answer(http, ManagementAnswer.Ok);
        http.Response.ContentLength = null;
        await JsonSerializer.SerializeAsync(
            http.Response.Body, ConnectionDescription.Of(connection), ConnectionDescriptionJson.Default.ConnectionDescription);
    }

    public async Task DeleteAsync(HttpContext http, ApiAddress address)
    {
        if (await FindAsync(http, address, default) is { } connection)
            Answer(http, connection.Close(CloseStatus.Deleted) ? ManagementAnswer.Deleted : ManagementAnswer.Gone);
    }

    /// <summary>The connection named by the path. If null, the error has been answered.</summary>
    private async ValueTask<OpenConnection?> FindAsync(HttpContext http, ApiAddress address, ReadOnlyMemory<byte> body)
    {
        if (await FindRefusalAsync(http, address, body) is { } refusal)
        {
            Answer(http, refusal);
            return null;
        }

        if (connections.Find(Id(http)) is { } connection)
            return connection;
        Answer(http, ManagementAnswer.Gone);
        return null;
    }

    private async ValueTask<ManagementAnswer?> FindRefusalAsync(HttpContext http, ApiAddress address, ReadOnlyMemory<byte> body)
    {
        if (await faults.BeforeManagementCallAsync(http) is { } fault)
            return ManagementAnswer.InjectedFault(fault);
        if (!throttle.AllowsRequest())
            return ManagementAnswer.Throttled;
        if (!address.IsPrefixOf(http.Request))
            return ManagementAnswer.Forbidden;
        if (signatures?.FindFault(http.Request, body.Span) is { } unsigned)
            return new ManagementAnswer(403, unsigned.ErrorType, unsigned.Message);
        return Ids.IsGatewayId(Id(http)) ? null : ManagementAnswer.InvalidId(Id(http));
    }

    private static string Id(HttpContext http) => (string)http.Request.RouteValues["id"]!;

    private void Answer(HttpContext http, ManagementAnswer answer)
    {
        log.ManagementCall(Id(http), http.Request.Method, answer.StatusCode);
        if (answer.StatusCode is not (200 or 204 or 410))
            log.RequestRefused(http.Request.Method, "@connections/" + Quote.Line(Id(http)), answer.StatusCode, answer.Message ?? answer.ErrorType ?? "");
        answer.WriteTo(http.Response, ids, time.GetUtcNow());
    }

    /// <summary>The body in a pooled buffer, after a gap for the frame header. Null if it exceeds the limit.</summary>
    private static async ValueTask<(byte[] Rented, int Length)?> TryReadBodyAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
            return null;
        // Without a Content-Length, one extra byte distinguishes "at the limit" from "above the limit".
        var capacity = (int)(request.ContentLength ?? limit + 1);
        var rented = OutboundFrame.RentFor(capacity);
        var length = 0;
        try
        {
            while (length < capacity)
            {
                var read = await request.Body.ReadAsync(
                    rented.AsMemory(OutboundFrame.Gap + length, capacity - length), request.HttpContext.RequestAborted);
                if (read == 0)
                    break;
                length += read;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }

        if (length <= limit)
            return (rented, length);
        ArrayPool<byte>.Shared.Return(rented);
        return null;
    }
}
