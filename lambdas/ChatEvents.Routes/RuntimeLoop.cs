using Amazon.Lambda.RuntimeSupport;

namespace ChatEvents.Routes;

/// <summary>
/// The loop on the Lambda Runtime API, stopped between two calls. Amazon's loop does not send the answer of the call in hand once its token is
/// cancelled, so that the client would wait in vain; so its token is cancelled only while it waits for a call.
/// </summary>
internal static class RuntimeLoop
{
    /// <param name="loop">The handler.</param>
    /// <param name="runtimeApi">Host and port of the Runtime API, with a path or not; null for AWS_LAMBDA_RUNTIME_API.</param>
    /// <param name="stopping">Takes no more calls.</param>
    public static async Task RunAsync(LambdaBootstrapBuilder loop, string? runtimeApi, CancellationToken stopping)
    {
        using var ending = new CancellationTokenSource();

        // The Runtime API is at hand: no proxy to look up, no redirect, no trace context of ours in its headers.
        using var http = new HttpClient(new WaitEnding(ending, stopping)
        {
            InnerHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
            },
        });
        using var bootstrap = loop.UseHttpClient(http).ConfigureOptions(options => options.RuntimeApiEndpoint = runtimeApi).Build();
        await bootstrap.RunAsync(ending.Token);
    }

    private sealed class WaitEnding(CancellationTokenSource ending, CancellationToken stopping) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
        {
            // Only the call for the next invocation is a GET.
            await using var registration = request.Method == HttpMethod.Get ? stopping.Register(ending.Cancel) : default;
            return await base.SendAsync(request, cancellation);
        }
    }
}
