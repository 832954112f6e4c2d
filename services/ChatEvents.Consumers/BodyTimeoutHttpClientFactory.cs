using Amazon.Runtime;

namespace ChatEvents.Consumers;

/// <summary>
/// Applies the time limit of a client to whole responses. The SDK's own limit covers only the headers. A response that stops in the middle
/// of its body, because a server behind a load balancer died, would block its caller until the worker ends.
/// </summary>
public sealed class BodyTimeoutHttpClientFactory : HttpClientFactory
{
    /// <summary>If the client sets none; the SDK's default.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (clientConfig.MaxConnectionsPerServer is { } connections)
            sockets.MaxConnectionsPerServer = connections;
        if (clientConfig.GetWebProxy() is { } proxy)
            sockets.Proxy = proxy;

        // The handler's limit also covers the request, so the client needs none.
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

                // The exception that HttpClient would throw, which the SDK retries.
                var late = new TimeoutException($"No whole answer within {timeout.TotalSeconds:0.###} s.", failure);
                throw new TaskCanceledException(late.Message, late);
            }
        }
    }
}
