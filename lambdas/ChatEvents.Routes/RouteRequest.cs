using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>The event of a WebSocket route. Amazon's type is made for REST APIs and lacks the two members of <c>$disconnect</c>.</summary>
public sealed class RouteRequest : APIGatewayProxyRequest
{
    public new RouteRequestContext? RequestContext { get; set; }

    /// <exception cref="InvalidOperationException">The event does not come from a WebSocket API.</exception>
    public RouteRequestContext RequiredContext => RequestContext ?? throw RouteRequestContext.Lacks("requestContext");
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

    /// <summary>The authorizer's <c>principalId</c>, which is in every event of a connection; null without an authorizer.</summary>
    public string? User => Authorizer?.GetValueOrDefault("principalId")?.ToString();

    public DateTimeOffset RequiredConnectedAt => Instant(ConnectedAt, "requestContext.connectedAt");

    public DateTimeOffset RequiredRequestTime => Instant(RequestTimeEpoch, "requestContext.requestTimeEpoch");

    internal static InvalidOperationException Lacks(string member) =>
        new($"The event has no {member}: this function serves the routes of a WebSocket API.");

    private static DateTimeOffset Instant(long epochMilliseconds, string member) =>
        epochMilliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(epochMilliseconds) : throw Lacks(member);
}
