using Amazon.ApiGatewayManagementApi.Internal;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;

namespace Amazon.ApiGatewayManagementApi;

public partial class AmazonApiGatewayManagementApiConfig : ClientConfig
{
    private static readonly string UserAgentString = InternalSDKUtils.BuildUserAgentString(ServiceId, "4.0.2.16");

    public AmazonApiGatewayManagementApiConfig() : base(ConnectionDefaults.Provider)
    {
        // Core looks for AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI by this name.
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "execute-api";
        EndpointProvider = new RegionalEndpointProvider("execute-api");
    }

    public static new string ServiceId => "ApiGatewayManagementApi";

    public override string RegionEndpointServiceName => "execute-api";

    public override string ServiceVersion => "2018-11-29";

    public override string UserAgent => UserAgentString;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        RegionalEndpointResolver.Resolve(this, parameters);
}
