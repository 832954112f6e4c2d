using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.Lambda;
using Constructs;

namespace ChatEvents.Deploy.Routes;

/// <summary>The function that API Gateway asks before it calls <c>$connect</c>, and its right to do so.</summary>
internal sealed class ConnectAuthorizer : Construct
{
    private readonly CfnAuthorizer _authorizer;

    public ConnectAuthorizer(Construct scope, string id, CfnApi api, Function function)
        : base(scope, id)
    {
        _authorizer = new CfnAuthorizer(this, "Authorizer", new CfnAuthorizerProps
        {
            ApiId = api.Ref,
            Name = "authorize",
            AuthorizerType = "REQUEST",
            // Without identity sources, which would have to be there all at once, the function sees each handshake and looks for the token itself.
            AuthorizerUri = ApiInvocation.UriOf(function),
        });
        ApiInvocation.Allow(this, function, api, $"authorizers/{_authorizer.Ref}");
    }

    /// <summary>For the route.</summary>
    public string Ref => _authorizer.Ref;
}
