using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.JSII.Runtime.Deputy;
using Constructs;

namespace ChatEvents.Deploy;

/// <summary>
/// Refuses an <c>execute-api</c> interface endpoint with private DNS anywhere in the app, in case somebody extends the stack. Such an
/// endpoint gets all calls from its VPC to API Gateway's own addresses, and answers those to a WebSocket API with 403.
/// </summary>
internal sealed class ExecuteApiEndpointGuard : DeputyBase, IAspect
{
    public void Visit(IConstruct node)
    {
        if (node is CfnVPCEndpoint { VpcEndpointType: "Interface", ServiceName: { } service } endpoint
            && service.EndsWith("execute-api", StringComparison.Ordinal)
            && endpoint.PrivateDnsEnabled is not false)
        {
            Annotations.Of(node).AddError(
                "An execute-api endpoint with private DNS answers every post to a WebSocket connection with 403; set PrivateDnsEnabled to false.");
        }
    }
}
