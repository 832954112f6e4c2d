using Amazon.Runtime;

namespace ChatEvents.Consumers;

/// <summary>
/// Has the time limit of a client hold for its whole answers. The SDK's own ends with the headers, and it reads the body without any: an
/// answer that stopped in the middle, as when a server behind a load balancer dies, would be waited for until the worker ends.
/// </summary>
public sealed class BodyTimeoutHttpClientFactory : HttpClientFactory
{
    /// <summary>Where a client sets none; that of the SDK.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (clientConfig.MaxConnectionsPerServer is { } connections)
            sockets.MaxConnectionsPerServer = connections;
        if (clientConfig.GetWebProxy() is { } proxy)
            sockets.Proxy = proxy;

        // The handler's limit begins with the request as well, so the client needs none.
        return new HttpClient(new Handler(sockets, clientConfig.Timeout ?? DefaultTimeout)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private sealed class Handler(HttpMessageHandler sockets, TimeSpan timeout) : DelegatingHandler(sockets)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            HttpResponseMessage? answer = null;
            try
            {
                answer = await base.SendAsync(request, either.Token);
                await answer.Content.LoadIntoBufferAsync(either.Token);
                return answer;
            }
            catch (Exception failure)
            {
                answer?.Dispose();
                if (!limit.IsCancellationRequested || cancellationToken.IsCancellationRequested)
                    throw;

                // As HttpClient says it, which the SDK takes for a reason to try again.
                var late = new TimeoutException($"No whole answer within {timeout.TotalSeconds:0.###} s.", failure);
                throw new TaskCanceledException(late.Message, late);
            }
        }
    }
}
