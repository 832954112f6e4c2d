namespace ChatEvents.LocalGateway.Configuration;

/// <summary>A Lambda authorizer of type REQUEST on the <c>$connect</c> route.</summary>
public sealed class AuthorizerOptions
{
    public string Function { get; set; } = "";

    /// <summary>
    /// <c>route.request.header.Name</c>, <c>route.request.querystring.name</c>, <c>stageVariables.name</c> or <c>context.name</c>. A
    /// handshake that lacks one is answered 401 without asking the function. Default none.
    /// </summary>
    public IList<string> IdentitySources { get; set; } = [];
}
