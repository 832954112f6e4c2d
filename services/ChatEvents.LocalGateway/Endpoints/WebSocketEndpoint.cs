using System.Globalization;
using System.Net;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Routing;
using ChatEvents.LocalGateway.WebSockets;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The WebSocket handshake, pending until <c>$connect</c> has decided, and then the connection.</summary>
internal sealed class WebSocketEndpoint(
    GatewayOptions options, ConnectionTable connections, RouteInvoker routes, Ids ids, TimeProvider time, ILogger log)
{
    public async Task ConnectAsync(HttpContext http)
    {
        if (Handshake.FindFault(http) is { } fault)
        {
            Handshake.Reject(http, fault);
            return;
        }

        var facts = NewFacts(http);
        var stage = (string?)http.Request.RouteValues["stage"];
        if (stage != options.Stage)
        {
            await RefuseAsync(http, facts, ConnectDecision.UnknownStage(stage));
            return;
        }

        (var decision, facts) = await routes.ConnectAsync(facts, ReadRequest(http, facts));
        if (!decision.IsAccepted)
        {
            await RefuseAsync(http, facts, decision);
            return;
        }

        await ServeAsync(http, facts, decision.Subprotocol);
    }

    private async Task ServeAsync(HttpContext http, ConnectionFacts facts, string? subprotocol)
    {
        var deflate = PermessageDeflate.IsOffered(http.Request.Headers.SecWebSocketExtensions);
        using var connection = new OpenConnection(facts, deflate, http, options.Limits, time, OnClosing);
        log.Connected(facts.Id, facts.SourceIp);
        connections.Add(connection);
        try
        {
            var stream = await Handshake.AcceptAsync(http, subprotocol, deflate);
            ForgetHandshake(http);
            await connection.RunAsync(stream, routes.MessageAsync);
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
        log.Disconnected(connection.Facts.Id, status.Code, status.Reason);
        _ = routes.DisconnectAsync(connection.Facts, status);
    }

    private async Task RefuseAsync(HttpContext http, ConnectionFacts facts, ConnectDecision decision)
    {
        log.Refused(facts.Id, decision.StatusCode, decision.Reason);
        http.Response.StatusCode = decision.StatusCode;
        http.Response.ContentLength = 0;
        if (decision.Message is null)
            return;
        http.Response.ContentType = "application/json";
        var body = GatewayFrames.ErrorText(decision.Message, facts.Id, ids.NewGatewayId());
        http.Response.ContentLength = body.Length;
        await http.Response.WriteAsync(body, http.RequestAborted);
    }

    private ConnectionFacts NewFacts(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        return new ConnectionFacts(
            ids.NewGatewayId(),
            time.GetUtcNow(),
            (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString(),
            http.Request.Headers.UserAgent.Count > 0 ? http.Request.Headers.UserAgent.ToString() : null,
            options.DomainName ?? http.Request.Host.Value ?? "");
    }

    /// <summary>The client's headers and query, with the headers that AWS's edge adds.</summary>
    private ConnectRequest ReadRequest(HttpContext http, ConnectionFacts facts)
    {
        var headers = http.Request.Headers.ToDictionary(
            header => header.Key, header => Texts(header.Value), StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("X-Amzn-Trace-Id", [ids.NewTraceId(time.GetUtcNow())]);
        headers["X-Forwarded-For"] =
            [headers.TryGetValue("X-Forwarded-For", out var before) ? $"{before[^1]}, {facts.SourceIp}" : facts.SourceIp];
        headers["X-Forwarded-Port"] = [(http.Request.Host.Port ?? 80).ToString(CultureInfo.InvariantCulture)];
        headers["X-Forwarded-Proto"] = [http.Request.Scheme];
        return new ConnectRequest(
            [.. headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)], ReadQuery(http.Request.QueryString));

        static string[] Texts(StringValues values) => [.. values.Select(value => value ?? "")];
    }

    /// <summary>Query names are case-sensitive on AWS, unlike in ASP.NET's collection.</summary>
    private static KeyValuePair<string, string[]>[] ReadQuery(QueryString query)
    {
        var values = new OrderedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var parameter in new QueryStringEnumerable(query.Value))
        {
            var name = parameter.DecodeName().ToString();
            values[name] = [.. values.GetValueOrDefault(name, []), parameter.DecodeValue().ToString()];
        }

        return [.. values];
    }
}
