using Amazon.Runtime;

namespace Amazon.ApiGatewayManagementApi.Model;

public partial class PostToConnectionRequest : AmazonApiGatewayManagementApiRequest
{
    public string ConnectionId { get; set; }

    /// <summary>At most 131,072 bytes; the client receives them as one text message.</summary>
    public MemoryStream Data { get; set; }
}

public partial class PostToConnectionResponse : AmazonWebServiceResponse;
