using Amazon.Runtime;

namespace Amazon.ApiGatewayManagementApi.Model;

public partial class GetConnectionRequest : AmazonApiGatewayManagementApiRequest
{
    public string ConnectionId { get; set; }
}

public partial class GetConnectionResponse : AmazonWebServiceResponse
{
    public DateTime? ConnectedAt { get; set; }

    public Identity Identity { get; set; }

    public DateTime? LastActiveAt { get; set; }
}

public partial class Identity
{
    public string SourceIp { get; set; }

    public string UserAgent { get; set; }
}
