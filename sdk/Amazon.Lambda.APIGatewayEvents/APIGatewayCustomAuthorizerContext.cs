namespace Amazon.Lambda.APIGatewayEvents;

/// <summary>What the authorizer said of the caller, <c>principalId</c> among it.</summary>
public class APIGatewayCustomAuthorizerContext : Dictionary<string, object>;
