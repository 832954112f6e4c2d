using System.Net;

namespace ChatEvents.FanOut.Posting;

/// <summary>How .NET's HTTP client is set up for posts.</summary>
public static class GatewayHttp
{
    /// <summary>Shorter than any server is known to keep an idle connection, so that few are found closed.</summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(50);

    /// <summary>The gateway's addresses change; a connection that is kept for ever would never notice.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    /// <summary>
    /// An HTTP/2 connection on which posts wait and nothing at all is received for this long is asked whether it is still there. The
    /// shortest that .NET allows: a connection that has died fails every post that is sent on it until that is noticed.
    /// </summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long the answer to that may take; arbitrary, twenty times the usual time of a post.</summary>
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Proxies come from the environment (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c> ...), which is .NET's default.</summary>
    public static SocketsHttpHandler CreateHandler(FanOutOptions options) => new()
    {
        MaxConnectionsPerServer = options.Concurrency, // of HTTP/1.1, where each post has a connection to itself
        EnableMultipleHttp2Connections = true,
        PooledConnectionIdleTimeout = MaxIdle,
        PooledConnectionLifetime = MaxAge,
        ConnectTimeout = options.PostTimeout, // else an attempt goes on after its post was given up
        KeepAlivePingDelay = PingAfter,
        KeepAlivePingTimeout = PingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        MaxResponseDrainSize = 0, // the poster reads what is worth reading
        AllowAutoRedirect = false, // the signature would not fit
        UseCookies = false,
        ActivityHeadersPropagator = null, // a trace has one span per message, not per post
    };

    public static HttpRequestMessage CreateRequest(HttpMethod method, string url, HttpChoice http) => new(
        method, new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) // it was escaped by us
    {
        Version = http == HttpChoice.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
        VersionPolicy = http == HttpChoice.Negotiated ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
    };
}
