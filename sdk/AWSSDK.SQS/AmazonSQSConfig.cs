using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Subset;
using Amazon.Util.Internal;

namespace Amazon.SQS;

public partial class AmazonSQSConfig : ClientConfig
{
    private static readonly string UserAgentString = InternalSDKUtils.BuildUserAgentString(ServiceId, "4.0.2.20");

    public AmazonSQSConfig() : base(ConnectionDefaults.Provider)
    {
        // Core looks for AWS_ENDPOINT_URL_SQS by this name.
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "sqs";
        EndpointProvider = new RegionalEndpointProvider("sqs");
    }

    public static new string ServiceId => "SQS";

    public override string RegionEndpointServiceName => "sqs";

    public override string ServiceVersion => "2012-11-05";

    public override string UserAgent => UserAgentString;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        RegionalEndpointResolver.Resolve(this, parameters);
}
