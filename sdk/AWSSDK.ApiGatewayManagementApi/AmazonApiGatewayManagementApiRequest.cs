using Amazon.Runtime;

namespace Amazon.ApiGatewayManagementApi;

public partial class AmazonApiGatewayManagementApiRequest : AmazonWebServiceRequest;
