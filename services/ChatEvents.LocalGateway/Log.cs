namespace ChatEvents.LocalGateway;

/// <summary>The gateway's log messages.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Listening on ws://{Address}/{Stage}")]
    public static partial void Listening(this ILogger log, string address, string stage);

    [LoggerMessage(14, LogLevel.Information, "Listening for management calls over HTTP/2 on {Url}/{Stage}")]
    public static partial void ListeningForHttp2(this ILogger log, string url, string stage);

    [LoggerMessage(2, LogLevel.Information, "{ConnectionId} connected from {SourceIp}")]
    public static partial void Connected(this ILogger log, string connectionId, string sourceIp);

    [LoggerMessage(3, LogLevel.Information, "{ConnectionId} refused with {StatusCode}: {Reason}")]
    public static partial void Refused(this ILogger log, string connectionId, int statusCode, string reason);

    [LoggerMessage(4, LogLevel.Information, "{ConnectionId} disconnected: {Code} {Reason}")]
    public static partial void Disconnected(this ILogger log, string connectionId, int code, string reason);

    [LoggerMessage(5, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes to route {Route}")]
    public static partial void MessageRouted(this ILogger log, string connectionId, int bytes, string route);

    [LoggerMessage(6, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes that no route fits; answered Forbidden")]
    public static partial void MessageForbidden(this ILogger log, string connectionId, int bytes);

    [LoggerMessage(11, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes above the account's quota; answered Too Many Requests")]
    public static partial void MessageThrottled(this ILogger log, string connectionId, int bytes);

    [LoggerMessage(12, LogLevel.Information, "{ConnectionId} ended without $disconnect, because of faults.dropDisconnectRate")]
    public static partial void DisconnectDropped(this ILogger log, string connectionId);

    [LoggerMessage(13, LogLevel.Information, "Faults are now {Faults}")]
    public static partial void FaultsChanged(this ILogger log, string faults);

    [LoggerMessage(7, LogLevel.Warning, "{ConnectionId} {Route}: function {Function} failed: {Error}")]
    public static partial void IntegrationFailed(this ILogger log, string connectionId, string route, string function, string error);

    [LoggerMessage(8, LogLevel.Debug, "{ConnectionId} {Method} @connections answered {StatusCode}")]
    public static partial void ManagementCall(this ILogger log, string connectionId, string method, int statusCode);

    [LoggerMessage(9, LogLevel.Warning, "Function {Function} could not start: {Error}")]
    public static partial void InitializationFailed(this ILogger log, string function, string error);

    [LoggerMessage(10, LogLevel.Debug, "Function {Function} took invocation {RequestId}")]
    public static partial void InvocationTaken(this ILogger log, string function, string requestId);
}
