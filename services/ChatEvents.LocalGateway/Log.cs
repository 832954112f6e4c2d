namespace ChatEvents.LocalGateway;

/// <summary>The gateway's log messages.</summary>
internal static partial class Log
{
    [LoggerMessage(32, LogLevel.Information, "ChatEvents.LocalGateway {Version}")]
    public static partial void Program(this ILogger log, string version);

    [LoggerMessage(33, LogLevel.Information, "{Bill}")]
    public static partial void Bill(this ILogger log, string bill);

    [LoggerMessage(1, LogLevel.Information, "{Source}: API {ApiId}, stage {Stage}. Listening on {Urls}")]
    public static partial void Listening(this ILogger log, string source, string apiId, string stage, string urls);

    [LoggerMessage(14, LogLevel.Information, "Listening for management calls over HTTP/2 on {Url}/{Stage}")]
    public static partial void ListeningForHttp2(this ILogger log, string url, string stage);

    [LoggerMessage(15, LogLevel.Information, "To trust the certificate of wss: {Variables}")]
    public static partial void CertificateTrust(this ILogger log, string variables);

    [LoggerMessage(16, LogLevel.Information, "{Functions}: {How}")]
    public static partial void FunctionsServed(this ILogger log, string functions, string how);

    [LoggerMessage(17, LogLevel.Warning, "Listening on {Address}: everybody who reaches this machine can connect, run functions and post to connections")]
    public static partial void ListeningToAll(this ILogger log, string address);

    [LoggerMessage(18, LogLevel.Warning, "The certificate cannot be kept in {Folder}, so clients have to trust a new one at every start: {Error}")]
    public static partial void CertificateNotKept(this ILogger log, string folder, string error);

    [LoggerMessage(19, LogLevel.Warning, "A TLS handshake failed: {Error}. Does the client trust the gateway's certificate?")]
    public static partial void TlsHandshakeFailed(this ILogger log, string error);

    [LoggerMessage(2, LogLevel.Information, "{ConnectionId} connected from {SourceIp}")]
    public static partial void Connected(this ILogger log, string connectionId, string sourceIp);

    [LoggerMessage(3, LogLevel.Information, "{ConnectionId} refused with {StatusCode}: {Reason}")]
    public static partial void Refused(this ILogger log, string connectionId, int statusCode, string reason);

    [LoggerMessage(4, LogLevel.Information, "{ConnectionId} disconnected: {Code} {Reason}")]
    public static partial void Disconnected(this ILogger log, string connectionId, int code, string reason);

    [LoggerMessage(5, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes to route {Route}")]
    public static partial void MessageRouted(this ILogger log, string connectionId, int bytes, string route);

    [LoggerMessage(6, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes that fit no route ({Routes}), and there is no $default; answered Forbidden")]
    public static partial void MessageForbidden(this ILogger log, string connectionId, int bytes, string routes);

    [LoggerMessage(11, LogLevel.Information, "{ConnectionId} sent {Bytes} bytes above the account's quota; answered Too Many Requests")]
    public static partial void MessageThrottled(this ILogger log, string connectionId, int bytes);

    [LoggerMessage(12, LogLevel.Information, "{ConnectionId} ended without $disconnect, because of faults.dropDisconnectRate")]
    public static partial void DisconnectDropped(this ILogger log, string connectionId);

    [LoggerMessage(13, LogLevel.Information, "Faults are now {Faults}")]
    public static partial void FaultsChanged(this ILogger log, string faults);

    [LoggerMessage(7, LogLevel.Warning, "{ConnectionId} {Route}: function {Function} failed: {Error}")]
    public static partial void IntegrationFailed(this ILogger log, string connectionId, string route, string function, string error);

    [LoggerMessage(20, LogLevel.Warning, "{ConnectionId} {Route}: the answer of {Function} is not a proxy response: {Fault}")]
    public static partial void AnswerMalformed(this ILogger log, string connectionId, string route, string function, string fault);

    [LoggerMessage(21, LogLevel.Warning, "{ConnectionId} {Route}: {Function} answered {StatusCode}: {Body}")]
    public static partial void AnswerNotSuccess(
        this ILogger log, string connectionId, string route, string function, int statusCode, string body);

    [LoggerMessage(22, LogLevel.Information, "{Route}: {Function} returned a body, which is discarded as on AWS: the route has no \"routeResponse\": true")]
    public static partial void BodyDiscarded(this ILogger log, string route, string function);

    [LoggerMessage(23, LogLevel.Warning, "{ConnectionId} {Route}: the response has {Bytes} bytes, more than {Limit}; answered Internal server error")]
    public static partial void ResponseTooLarge(this ILogger log, string connectionId, string route, int bytes, int limit);

    [LoggerMessage(8, LogLevel.Debug, "{ConnectionId} {Method} @connections answered {StatusCode}")]
    public static partial void ManagementCall(this ILogger log, string connectionId, string method, int statusCode);

    [LoggerMessage(24, LogLevel.Information, "{Method} {Path} refused with {StatusCode}: {Reason}")]
    public static partial void RequestRefused(this ILogger log, string method, string path, int statusCode, string reason);

    [LoggerMessage(9, LogLevel.Warning, "Function {Function} could not start: {Error}")]
    public static partial void InitializationFailed(this ILogger log, string function, string error);

    [LoggerMessage(10, LogLevel.Debug, "Function {Function} took invocation {RequestId}")]
    public static partial void InvocationTaken(this ILogger log, string function, string requestId);

    [LoggerMessage(25, LogLevel.Warning, "{Function} waits for its first environment. {Hint}")]
    public static partial void NoEnvironment(this ILogger log, string function, string hint);

    [LoggerMessage(26, LogLevel.Warning, "{Function}: an event has waited for {Seconds} s, because all environments are busy ({Running} events run)")]
    public static partial void EnvironmentsBusy(this ILogger log, string function, int seconds, int running);

    [LoggerMessage(27, LogLevel.Information, "{Function}: {Line}")]
    public static partial void FunctionWrote(this ILogger log, string function, string line);

    [LoggerMessage(28, LogLevel.Debug, "{Function}: started process {ProcessId}")]
    public static partial void EnvironmentStarted(this ILogger log, string function, int processId);

    [LoggerMessage(29, LogLevel.Warning, "{Function}: its process exited with {Code}")]
    public static partial void EnvironmentExited(this ILogger log, string function, int code);

    [LoggerMessage(30, LogLevel.Debug, "{Function}: ended an environment that was idle for {Time}")]
    public static partial void EnvironmentIdle(this ILogger log, string function, TimeSpan time);

    [LoggerMessage(31, LogLevel.Information, "{Function}: files changed; restarted with the next event")]
    public static partial void FilesChanged(this ILogger log, string function);
}
