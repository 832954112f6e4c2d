using Amazon.Runtime.Endpoints;

namespace Amazon.ApiGatewayManagementApi.Internal;

internal sealed class RegionalEndpointParameters : EndpointParameters
{
    public string Region
    {
        get => (string)this[nameof(Region)];
        init => this[nameof(Region)] = value;
    }

    public string Endpoint
    {
        get => (string)this[nameof(Endpoint)];
        init => this[nameof(Endpoint)] = value;
    }

    public bool UseDualStack
    {
        get => (bool)this[nameof(UseDualStack)];
        init => this[nameof(UseDualStack)] = value;
    }

    public bool UseFIPS
    {
        get => (bool)this[nameof(UseFIPS)];
        init => this[nameof(UseFIPS)] = value;
    }
}
