namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>
/// Keeps web pages away from everything but the WebSocket API: the Runtime API and the management API trust their callers, and a browser
/// lets any page call any port of this machine.
/// </summary>
internal sealed class CrossSiteGuard(GatewayHosts hosts, Ids ids, TimeProvider time, ILogger log)
{
    /// <summary>Answers the request and returns true if it must not go on.</summary>
    public bool Refuses(HttpContext http)
    {
        if (FindFault(http.Request) is not { } reason)
            return false;
        log.RequestRefused(http.Request.Method, Quote.Line(http.Request.Path.Value ?? ""), StatusCodes.Status403Forbidden, reason);
        ManagementAnswer.Forbidden.WriteTo(http.Response, ids, time.GetUtcNow());
        return true;
    }

    private string? FindFault(HttpRequest request)
    {
        var headers = request.Headers;
        // On AWS any page may open a WebSocket; $connect sees its Origin.
        if (headers.Upgrade.Count > 0 && HttpMethods.IsGet(request.Method))
            return null;
        if (headers.Origin.Count > 0)
            return $"a web page of {Quote.Line(headers.Origin.ToString())} called it; only the WebSocket API is for web pages";
        if (headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("none" or "same-origin"))
            return "a web page of another site called it; only the WebSocket API is for web pages";
        return hosts.Contain(request.Host.Value ?? "")
            ? null
            : $"the host {Quote.Line(request.Host.Value ?? "")} is not one of the gateway's; add it to \"hosts\" if it should be";
    }
}
