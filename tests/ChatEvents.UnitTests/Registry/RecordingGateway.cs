using System.Text;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;

namespace ChatEvents.UnitTests.Registry;

/// <summary>The gateway as the registry's sweeps call it.</summary>
internal sealed class RecordingGateway() : AmazonApiGatewayManagementApiClient(
    new AnonymousAWSCredentials(),
    new AmazonApiGatewayManagementApiConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    /// <summary>Connections that it was asked about.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Posts and ends, in order: <c>a= {"error":...}</c>, <c>a= ended</c>.</summary>
    public List<string> Done { get; } = [];

    public HashSet<string> Gone { get; } = [];

    public System.Net.HttpStatusCode? Refusal { get; set; }

    public override Task<GetConnectionResponse> GetConnectionAsync(
        GetConnectionRequest request, CancellationToken cancellationToken = default)
    {
        lock (Asked) Asked.Add(request.ConnectionId);
        Check(request.ConnectionId);
        return Task.FromResult(new GetConnectionResponse());
    }

    public override Task<PostToConnectionResponse> PostToConnectionAsync(
        PostToConnectionRequest request, CancellationToken cancellationToken = default)
    {
        Check(request.ConnectionId);
        lock (Done) Done.Add($"{request.ConnectionId} {Encoding.UTF8.GetString(request.Data.ToArray())}");
        return Task.FromResult(new PostToConnectionResponse());
    }

    public override Task<DeleteConnectionResponse> DeleteConnectionAsync(
        DeleteConnectionRequest request, CancellationToken cancellationToken = default)
    {
        Check(request.ConnectionId);
        lock (Done) Done.Add($"{request.ConnectionId} ended");
        return Task.FromResult(new DeleteConnectionResponse());
    }

    private void Check(string connectionId)
    {
        if (Refusal is { } status)
            throw new AmazonApiGatewayManagementApiException("No", new HttpRequestException(), ErrorType.Unknown, $"{status}", "request-1", status);
        if (Gone.Contains(connectionId)) throw new GoneException("Gone");
    }
}
