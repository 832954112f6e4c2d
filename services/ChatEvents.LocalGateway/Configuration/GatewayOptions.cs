namespace ChatEvents.LocalGateway.Configuration;

/// <summary>One WebSocket API with one stage, as <c>gateway.json</c> or a hosting program describes it.</summary>
public sealed class GatewayOptions
{
    /// <summary>The port to listen on; 0 takes a free one. Default 8080.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>
    /// Another port for management calls over HTTP/2 without TLS; 0 takes a free one. Default none. WebSockets need HTTP/1.1, and without
    /// TLS there is no negotiation, so the two protocols cannot share a port.
    /// </summary>
    public int? Http2Port { get; set; }

    /// <summary>
    /// The address to listen on. Default <c>localhost</c>, both loopback addresses of this machine; <c>0.0.0.0</c> in a container.
    /// </summary>
    public string Address { get; set; } = ListenAddress.Localhost;

    /// <summary>Default <c>local00api</c>: ten lower-case letters and digits, as on AWS.</summary>
    public string ApiId { get; set; } = "local00api";

    public string Stage { get; set; } = "local";

    public string Region { get; set; } = "eu-central-1";

    public string AccountId { get; set; } = "000000000000";

    /// <summary>
    /// <c>requestContext.domainName</c> of every event. Default: the Host header of the handshake, so that functions which build the
    /// callback address from it reach this gateway.
    /// </summary>
    public string? DomainName { get; set; }

    public string RouteSelectionExpression { get; set; } = "$request.body.action";

    public IDictionary<string, string> StageVariables { get; set; } = new Dictionary<string, string>();

    /// <summary>By route key. A missing <c>$connect</c> accepts every connection; a missing <c>$default</c> answers "Forbidden".</summary>
    public IDictionary<string, RouteOptions> Routes { get; set; } = new Dictionary<string, RouteOptions>();

    /// <summary>By function name. Only what differs from the defaults needs to be here.</summary>
    public IDictionary<string, FunctionOptions> Functions { get; set; } = new Dictionary<string, FunctionOptions>();

    /// <summary>Decides who may connect. Default: none, every client may.</summary>
    public AuthorizerOptions? Authorizer { get; set; }

    public LimitOptions Limits { get; set; } = new();

    public ThrottleOptions Throttle { get; set; } = new();

    public FaultOptions Faults { get; set; } = new();

    public SigningOptions Signing { get; set; } = new();

    internal IEnumerable<string> FunctionNames =>
        Routes.Values.Select(route => route.Function).Concat(Authorizer is null ? [] : [Authorizer.Function]).Distinct();
}
