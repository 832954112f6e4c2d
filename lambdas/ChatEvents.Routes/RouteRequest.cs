using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>The event of a WebSocket route. Amazon's type is made for REST APIs and lacks the two members of <c>$disconnect</c>.</summary>
public sealed class RouteRequest : APIGatewayProxyRequest
{
    public new RouteRequestContext? RequestContext { get; set; }

    /// <exception cref="InvalidOperationException">The event does not come from a WebSocket API.</exception>
    public RouteRequestContext RequiredContext => RequestContext ?? throw RouteRequestContext.Lacks("requestContext");

    /// <summary>The sub-protocols that the client offers, on <c>$connect</c> only.</summary>
    public IReadOnlyList<string> Subprotocols { get; set; } = [];

    /// <summary>
    /// The registry closes a connection whose token has expired. If it is late with that, the connection still cannot send.
    /// </summary>
    /// <exception cref="BadFrameException">It is a frame, and the token of its sender has expired.</exception>
    internal void RequireValidToken()
    {
        if (RequestContext is { MessageId: not null, Caller.TokenExpiresAt: { } end } frame
            && frame.RequiredRequestTime - Limits.TokenGrace > end)
        {
            throw BadFrameException.Forbidden("Your token is over; connect again with a new one.");
        }
    }
}

public sealed class RouteRequestContext : APIGatewayProxyRequest.ProxyRequestContext
{
    /// <summary>The close code, on <c>$disconnect</c> only.</summary>
    public int? DisconnectStatusCode { get; set; }

    /// <summary>The close reason, on <c>$disconnect</c> only.</summary>
    public string? DisconnectReason { get; set; }

    public string RequiredConnectionId => ConnectionId ?? throw Lacks("requestContext.connectionId");

    public string RequiredMessageId => MessageId ?? throw Lacks("requestContext.messageId");

    /// <summary>Where posts to the API's connections go, built from the event; wrong when the API has a custom domain.</summary>
    public string RequiredCallbackEndpoint =>
        $"https://{DomainName ?? throw Lacks("requestContext.domainName")}/{Stage ?? throw Lacks("requestContext.stage")}";

    /// <summary>Whether the call has waited for the row of its connection. Once is enough.</summary>
    internal bool HasWaited { get; set; }

    /// <summary>Who is behind the connection.</summary>
    public Caller Caller => field ??= Caller.Of(Authorizer);

    /// <summary>The connection and its user, to name both in a log.</summary>
    public string Sender => Caller.User is { } user ? $"{ConnectionId} of {Quote.Of(user)}" : RequiredConnectionId;

    /// <summary>By which limits per address count; empty for all frames of which the gateway names none.</summary>
    public string AddressOrEmpty => Identity?.SourceIp ?? "";

    public DateTimeOffset RequiredConnectedAt => Instant(ConnectedAt, "requestContext.connectedAt");

    public DateTimeOffset RequiredRequestTime => Instant(RequestTimeEpoch, "requestContext.requestTimeEpoch");

    internal static InvalidOperationException Lacks(string member) =>
        new($"The event has no {member}: this function serves the routes of a WebSocket API.");

    private static DateTimeOffset Instant(long epochMilliseconds, string member) =>
        epochMilliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(epochMilliseconds) : throw Lacks(member);
}
