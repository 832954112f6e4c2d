namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>AWS's answer to an unknown path, with the reason in the log.</summary>
internal sealed class UnknownPathEndpoint(HandshakeRefusals refusals, Ids ids, TimeProvider time, ILogger log)
{
    public Task RefuseAsync(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.Upgrade.Count > 0)
            return refusals.RefuseUnknownPathAsync(http);
        var path = http.Request.Path.Value ?? "";
        log.RequestRefused(
            http.Request.Method, Quote.Line(path), StatusCodes.Status403Forbidden,
            path.Contains("@connections", StringComparison.Ordinal)
                ? $"no API is there; @connections are at {refusals.Known}/@connections/ID"
                : $"nothing is there; the APIs are at {refusals.Known}");
        ManagementAnswer.Forbidden.WriteTo(http.Response, ids, time.GetUtcNow());
        return Task.CompletedTask;
    }
}
