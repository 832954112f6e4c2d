namespace ChatEvents.LocalGateway.Configuration;

/// <summary>
/// A gateway as <c>gateway.json</c> or a hosting program describes it: the settings of its one API, or several in <see cref="Apis"/>.
/// </summary>
public sealed class GatewayOptions : ApiOptions
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

    public string Region { get; set; } = "eu-central-1";

    public string AccountId { get; set; } = "000000000000";

    /// <summary>
    /// Further host names by which this gateway is called, as of a container. Default none: requests for other hosts than this machine are
    /// refused, so that no web page can reach the gateway by a name of its own.
    /// </summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>Several APIs or stages. Default none: the settings beside this one describe the only API.</summary>
    public IList<ApiOptions> Apis { get; set; } = [];

    /// <summary>By function name. A function with only default settings may be left out.</summary>
    public IDictionary<string, FunctionOptions> Functions { get; set; } = new Dictionary<string, FunctionOptions>();

    /// <summary>Whether the gateway counts what AWS would charge. Default true; false to measure what counting costs.</summary>
    public bool Bill { get; set; } = true;

    public TlsOptions Tls { get; set; } = new();

    public AnswerOptions Answers { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public ThrottleOptions Throttle { get; set; } = new();

    public FaultOptions Faults { get; set; } = new();

    public SigningOptions Signing { get; set; } = new();

    /// <summary>Whether every function has a port, also those that are started by hand.</summary>
    internal bool HasFunctionPorts { get; set; }

    /// <summary>The name for the log: the file that was read.</summary>
    internal string Source { get; set; } = "Gateway";

    internal IReadOnlyList<ApiOptions> AllApis => Apis.Count > 0 ? [.. Apis] : [this];

    internal new IEnumerable<string> FunctionNames => AllApis.SelectMany(api => api.FunctionNames).Distinct();

    internal FunctionOptions FunctionNamed(string name) => Functions.TryGetValue(name, out var function) ? function : new FunctionOptions();

    /// <summary>The port on which a function's Runtime API is the root; null if it has none.</summary>
    internal int? FunctionPort(string name)
    {
        var function = FunctionNamed(name);
        return function.Port ?? (function.InvokeEndpoint is null && (function.IsStarted || HasFunctionPorts) ? 0 : null);
    }
}
