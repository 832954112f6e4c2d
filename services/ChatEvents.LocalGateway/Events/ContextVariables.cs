using System.Globalization;
using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Events;

/// <summary>The <c>$context</c> variables of WebSocket APIs that this gateway knows.</summary>
internal static class ContextVariables
{
    public static readonly IReadOnlyList<string> Names =
    [
        "apiId", "connectedAt", "connectionId", "domainName", "eventType", "extendedRequestId", "identity.sourceIp", "identity.userAgent",
        "requestId", "requestTime", "requestTimeEpoch", "routeKey", "stage",
    ];

    /// <summary>Null if the variable is unknown or has no value.</summary>
    public static string? Find(
        string name, ApiFacts api, ConnectionFacts connection, RequestFacts request, string routeKey, string eventType) => name switch
        {
            "apiId" => api.ApiId,
            "connectedAt" => Milliseconds(connection.ConnectedAt),
            "connectionId" => connection.Id,
            "domainName" => connection.DomainName,
            "eventType" => eventType,
            "requestId" or "extendedRequestId" => request.RequestId,
            "identity.sourceIp" => connection.SourceIp,
            "identity.userAgent" => connection.UserAgent,
            "requestTime" => EventJson.RequestTime(request.At),
            "requestTimeEpoch" => Milliseconds(request.At),
            "routeKey" => routeKey,
            "stage" => api.Stage,
            _ => null,
        };

    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
