namespace ChatEvents.LocalGateway.Configuration;

/// <summary>One WebSocket API with one stage.</summary>
public class ApiOptions
{
    /// <summary>Default <c>local00api</c>: ten lower-case letters and digits, as on AWS.</summary>
    public string ApiId { get; set; } = "local00api";

    public string Stage { get; set; } = "local";

    /// <summary>
    /// The first part of the path, in front of the stage. Default none. Tells APIs apart that have the same stage, as their hosts do on AWS.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>A custom domain: its URLs have its base path and no stage. Default none.</summary>
    public CustomDomainOptions? CustomDomain { get; set; }

    /// <summary>
    /// <c>requestContext.domainName</c> of every event. Default: the Host header of the handshake if it is one of the gateway's, so that
    /// functions which build the callback address from it reach this gateway.
    /// </summary>
    public string? DomainName { get; set; }

    public string RouteSelectionExpression { get; set; } = "$request.body.action";

    public IDictionary<string, string> StageVariables { get; set; } = new Dictionary<string, string>();

    /// <summary>By route key. A missing <c>$connect</c> accepts every connection; a missing <c>$default</c> answers "Forbidden".</summary>
    public IDictionary<string, RouteOptions> Routes { get; set; } = new Dictionary<string, RouteOptions>();

    /// <summary>Decides who may connect. Default: none, every client may.</summary>
    public AuthorizerOptions? Authorizer { get; set; }

    /// <summary>The values that the header <c>x-api-key</c> may have, if <c>$connect</c> requires one.</summary>
    public IList<string> ApiKeys { get; set; } = [];

    internal IEnumerable<string> FunctionNames =>
        Routes.Values.Select(route => route.Function).Where(name => name.Length > 0).Concat(Authorizer is null ? [] : [Authorizer.Function]);
}
