using Amazon.Runtime;

namespace Amazon.ApiGatewayManagementApi.Model;

public partial class DeleteConnectionRequest : AmazonApiGatewayManagementApiRequest
{
    public string ConnectionId { get; set; }
}

public partial class DeleteConnectionResponse : AmazonWebServiceResponse;
