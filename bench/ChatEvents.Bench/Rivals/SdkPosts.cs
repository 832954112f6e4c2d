using System.Text;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using ChatEvents.Bench.Chat;

namespace ChatEvents.Bench.Rivals;

/// <summary>AWS SDK for .NET: one client for all posts, or one each, as some samples do.</summary>
internal sealed class SdkPosts(string url, int concurrency) : IDisposable
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("Echo: Hello everyone");

    private readonly AmazonApiGatewayManagementApiClient _shared = CreateClient(url, concurrency);

    public Task PostAsync(Settings settings) =>
        Measure.ForEachAsync(settings.Posts, settings.Concurrency, index => PostAsync(_shared, index));

    public Task PostByOwnClientAsync(Settings settings) => Measure.ForEachAsync(settings.Posts, settings.Concurrency, async index =>
    {
        using var client = CreateClient(url, concurrency);
        await PostAsync(client, index);
    });

    public void Dispose() => _shared.Dispose();

    private static Task<PostToConnectionResponse> PostAsync(AmazonApiGatewayManagementApiClient client, int index) => client.PostToConnectionAsync(
        new PostToConnectionRequest { ConnectionId = BenchFanOut.ConnectionIdOf(index), Data = new MemoryStream(Body) });

    private static AmazonApiGatewayManagementApiClient CreateClient(string url, int concurrency) => new(
        BenchServers.Credentials,
        new AmazonApiGatewayManagementApiConfig
        {
            ServiceURL = url,
            AuthenticationRegion = "eu-central-1",
            MaxConnectionsPerServer = concurrency,
        });
}
