using System.Text.Json;
using Amazon.ApiGatewayManagementApi.Model;

namespace Amazon.ApiGatewayManagementApi.Internal;

internal static class ConnectionOperations
{
    public static readonly ConnectionOperation<PostToConnectionRequest, PostToConnectionResponse> Post =
        new("POST", request => request.ConnectionId, content: request => request.Data);

    public static readonly ConnectionOperation<DeleteConnectionRequest, DeleteConnectionResponse> Delete =
        new("DELETE", request => request.ConnectionId);

    public static readonly ConnectionOperation<GetConnectionRequest, GetConnectionResponse> Get =
        new("GET", request => request.ConnectionId, read: Connection);

    private static GetConnectionResponse Connection(JsonElement json) => new()
    {
        ConnectedAt = json.Time("connectedAt"),
        LastActiveAt = json.Time("lastActiveAt"),
        Identity = json.Object("identity", identity => new Identity
        {
            SourceIp = identity.Text("sourceIp"),
            UserAgent = identity.Text("userAgent"),
        }),
    };
}
