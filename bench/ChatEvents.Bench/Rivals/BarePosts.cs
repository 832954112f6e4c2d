using System.Text;

namespace ChatEvents.Bench.Rivals;

/// <summary>The floor: what .NET's HTTP client takes for a request and its answer, without a signature, a time limit or an outcome.</summary>
internal sealed class BarePosts(string url, int concurrency, Version http) : IDisposable
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("Echo: Hello everyone");

    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = concurrency,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
    });

    public Task PostAsync(Settings settings) => Measure.ForEachAsync(settings.Posts, settings.Concurrency, async index =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}/@connections/{BenchFanOut.ConnectionIdOf(index)}")
        {
            Version = http,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Body),
        };
        using var response = await _invoker.SendAsync(request, CancellationToken.None);
        response.EnsureSuccessStatusCode();
    });

    public void Dispose() => _invoker.Dispose();
}
