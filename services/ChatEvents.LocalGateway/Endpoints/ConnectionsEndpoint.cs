using System.Buffers;
using System.Text.Json;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The management API: <c>POST</c>, <c>GET</c> and <c>DELETE /{stage}/@connections/{id}</c>.</summary>
internal sealed class ConnectionsEndpoint(GatewayOptions options, ConnectionTable connections, Ids ids, ILogger log)
{
    public async Task PostAsync(HttpContext http)
    {
        if (Find(http) is not { } connection)
            return;
        if (await TryReadBodyAsync(http.Request, options.Limits.MessageBytes) is not var (body, length))
        {
            Answer(http, ManagementAnswer.PayloadTooLarge);
            return;
        }

        Answer(http, connection.Post(body, length) switch
        {
            SendOutcome.Accepted => ManagementAnswer.Ok,
            SendOutcome.BufferFull => ManagementAnswer.LimitExceeded,
            _ => ManagementAnswer.Gone,
        });
    }

    public async Task GetAsync(HttpContext http)
    {
        if (Find(http) is not { } connection)
            return;
        Answer(http, ManagementAnswer.Ok);
        http.Response.ContentLength = null;
        await JsonSerializer.SerializeAsync(http.Response.Body, ConnectionDescription.Of(connection), GatewayJson.Default.ConnectionDescription);
    }

    public Task DeleteAsync(HttpContext http)
    {
        if (Find(http) is { } connection)
            Answer(http, connection.Close(CloseStatus.Deleted) ? ManagementAnswer.Deleted : ManagementAnswer.Gone);
        return Task.CompletedTask;
    }

    /// <summary>What AWS answers to any path that is not there.</summary>
    public Task ForbidAsync(HttpContext http)
    {
        ManagementAnswer.Forbidden.WriteTo(http.Response, ids);
        return Task.CompletedTask;
    }

    /// <summary>The connection named by the path; otherwise null, and the answer is given.</summary>
    private Connection? Find(HttpContext http)
    {
        var id = (string)http.Request.RouteValues["id"]!;
        if (!string.Equals((string?)http.Request.RouteValues["stage"], options.Stage, StringComparison.Ordinal))
            Answer(http, ManagementAnswer.Forbidden);
        else if (!Ids.IsGatewayId(id))
            Answer(http, ManagementAnswer.InvalidId(id));
        else if (connections.Find(id) is { } connection)
            return connection;
        else
            Answer(http, ManagementAnswer.Gone);
        return null;
    }

    private void Answer(HttpContext http, ManagementAnswer answer)
    {
        log.ManagementCall((string)http.Request.RouteValues["id"]!, http.Request.Method, answer.StatusCode);
        answer.WriteTo(http.Response, ids);
    }

    /// <summary>The body behind the gap for a frame header, in a pooled buffer; null when it is longer than the limit.</summary>
    private static async ValueTask<(byte[] Rented, int Length)?> TryReadBodyAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
            return null;
        // One byte more than allowed, to tell "at the limit" from "above" where there is no Content-Length.
        var capacity = (int)(request.ContentLength ?? limit + 1);
        var rented = OutboundFrame.RentFor(capacity);
        var length = 0;
        try
        {
            while (length < capacity)
            {
                var read = await request.Body.ReadAsync(rented.AsMemory(OutboundFrame.Gap + length, capacity - length), request.HttpContext.RequestAborted);
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
