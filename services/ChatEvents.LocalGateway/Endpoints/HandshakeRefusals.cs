using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Routing;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Answers and logs the handshakes that are refused.</summary>
/// <param name="known">Where there are APIs.</param>
/// <param name="ids">For the answers.</param>
/// <param name="log">Tells why.</param>
internal sealed class HandshakeRefusals(string known, Ids ids, ILogger log)
{
    public string Known => known;

    /// <summary>What is not a WebSocket handshake.</summary>
    public void Reject(HttpContext http, int status, string reason)
    {
        log.RequestRefused(http.Request.Method, Quote.Line(http.Request.Path.Value ?? ""), status, reason);
        Handshake.Reject(http, status);
    }

    /// <summary>A path where there is no API, or one below its stage.</summary>
    public Task RefuseUnknownPathAsync(HttpContext http)
    {
        if (Handshake.FindFault(http) is not var (status, reason))
            return RefuseAsync(http, ids.NewGatewayId(), ConnectDecision.UnknownPath(Quote.Line(http.Request.Path.Value ?? ""), known));
        Reject(http, status, reason);
        return Task.CompletedTask;
    }

    public async Task RefuseAsync(HttpContext http, string connectionId, ConnectDecision decision)
    {
        log.Refused(connectionId, decision.StatusCode, decision.Reason);
        http.Response.StatusCode = decision.StatusCode;
        http.Response.ContentLength = 0;
        if (decision.Message is null)
            return;
        http.Response.ContentType = "application/json";
        var body = GatewayFrames.ErrorText(decision.Message, connectionId, ids.NewGatewayId());
        http.Response.ContentLength = body.Length;
        await http.Response.WriteAsync(body, http.RequestAborted);
    }
}
