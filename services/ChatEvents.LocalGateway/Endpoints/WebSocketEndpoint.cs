using System.Net;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Routing;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The WebSocket handshake, pending until <c>$connect</c> has decided, and then the connection.</summary>
internal sealed class WebSocketEndpoint(
    ApiOptions api,
    LimitOptions limits,
    GatewayHosts hosts,
    ConnectionTable connections,
    RouteInvoker routes,
    HandshakeRefusals refusals,
    Ledger ledger,
    Ids ids,
    TimeProvider time,
    ILogger log)
{
    /// <summary>One delegate for all connections, which may be many.</summary>
    private readonly Func<OpenConnection, ReadOnlyMemory<byte>, Task> _onMessage = routes.MessageAsync;

    private Action<OpenConnection, CloseStatus>? _onClosing;

    public async Task ConnectAsync(HttpContext http, ApiAddress address)
    {
        if (Handshake.FindFault(http) is var (status, reason))
        {
            refusals.Reject(http, status, reason);
            return;
        }

        var facts = NewFacts(http, address);
        if (!address.IsPrefixOf(http.Request))
        {
            await refusals.RefuseUnknownPathAsync(http);
            return;
        }

        (var decision, facts) = await routes.ConnectAsync(facts, HandshakeRequest.Read(http, facts.SourceIp, ids.NewTraceId(facts.ConnectedAt)));
        if (!decision.IsAccepted)
        {
            await refusals.RefuseAsync(http, facts.Id, decision);
            return;
        }

        await ServeAsync(http, facts, decision.Subprotocol);
    }

    private async Task ServeAsync(HttpContext http, ConnectionFacts facts, string? subprotocol)
    {
        var deflate = PermessageDeflate.IsOffered(http.Request.Headers.SecWebSocketExtensions);
        using var connection = new OpenConnection(facts, deflate, http, limits, ledger, time, _onClosing ??= OnClosing);
        log.Connected(facts.Id, facts.SourceIp);
        ledger.Opened(facts.ConnectedAt);
        connections.Add(connection);
        try
        {
            var stream = await Handshake.AcceptAsync(http, subprotocol, deflate);
            ForgetHandshake(http);
            await connection.RunAsync(stream, _onMessage);
        }
        catch (Exception e) when (BrokenConnection.Is(e))
        {
            // Gone before the 101.
        }
        finally
        {
            // $connect has run, so the application counts this connection as open until $disconnect runs.
            connection.Close(CloseStatus.Dropped);
        }
    }

    /// <summary>Frees memory: a connection may be idle for hours, and its facts hold what is still needed of the handshake.</summary>
    private static void ForgetHandshake(HttpContext http)
    {
        http.Request.Headers.Clear();
        http.Request.RouteValues = null!;
        http.SetEndpoint(null);
    }

    private void OnClosing(OpenConnection connection, CloseStatus status)
    {
        connections.Remove(connection);
        ledger.Closed(connection.Facts.ConnectedAt);
        log.Disconnected(connection.Facts.Id, status.Code, Quote.Line(status.Reason));
        _ = routes.DisconnectAsync(connection.Facts, status);
    }

    private ConnectionFacts NewFacts(HttpContext http, ApiAddress address)
    {
        var client = http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        return new ConnectionFacts(
            ids.NewGatewayId(),
            time.GetUtcNow(),
            (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString(),
            http.Request.Headers.UserAgent.Count > 0 ? http.Request.Headers.UserAgent.ToString() : null,
            api.DomainName ?? DomainNameOf(http, address));
    }

    /// <summary>
    /// Functions send their posts to this name, and their credentials, so a client may not make one up. The path that tells APIs apart is
    /// part of it: the address that functions build of name and stage is then right.
    /// </summary>
    private string DomainNameOf(HttpContext http, ApiAddress address)
    {
        var host = http.Request.Host.Value ?? "";
        var name = hosts.Contain(host) ? host : $"localhost:{http.Connection.LocalPort}";
        return api.Path.Length > 0 && address is { Host: null } ? $"{name}/{api.Path}" : name;
    }
}
