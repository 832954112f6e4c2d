using Amazon.Lambda.RuntimeSupport.Bootstrap;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>
/// One execution environment of a function: takes an invocation from the Runtime API, runs the handler, answers, and begins again.
/// </summary>
/// <remarks>
/// What a handler throws is that invocation's answer. What fails between us and the Runtime API ends the environment: the service
/// starts a new one, and only it knows whether the invocation in hand may be run again.
/// </remarks>
public class LambdaBootstrap : IDisposable
{
    private readonly LambdaBootstrapHandler _handler;
    private readonly LambdaBootstrapInitializer? _initializer;
    private readonly HttpClient? _ownHttpClient;
    private readonly RuntimeApiClient _runtimeApi;
    private readonly LambdaConsoleLogger _logger = new();

    public LambdaBootstrap(
        LambdaBootstrapHandler handler, LambdaBootstrapOptions lambdaBootstrapOptions, LambdaBootstrapInitializer? initializer = null)
        : this(null, handler, lambdaBootstrapOptions, initializer)
    {
    }

    internal LambdaBootstrap(
        HttpClient? httpClient, LambdaBootstrapHandler handler, LambdaBootstrapOptions options, LambdaBootstrapInitializer? initializer)
    {
        _handler = handler;
        _initializer = initializer;
        httpClient ??= _ownHttpClient = ConstructHttpClient();

        // The call for the next invocation is answered when there is one, be it hours later.
        httpClient.Timeout = Timeout.InfiniteTimeSpan;
        _runtimeApi = new RuntimeApiClient(httpClient, new LambdaEnvironment(options), _logger);
    }

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_initializer != null && !await InitializeAsync(_initializer))
        {
            return;
        }

        try
        {
            while (!cancellationToken.IsCancellationRequested) await InvokeOnceAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to end, as only a host of our own does; the Lambda service kills the process instead.
        }
    }

    public static HttpClient ConstructHttpClient() => new(new SocketsHttpHandler
    {
        // The Runtime API is at hand: no proxy to look up, no redirect, no trace context of ours in its headers.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    });

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ownHttpClient?.Dispose();
        }
    }

    private async Task<bool> InitializeAsync(LambdaBootstrapInitializer initializer)
    {
        try
        {
            return await initializer();
        }
        catch (Exception exception)
        {
            _logger.LogException(exception);
            await _runtimeApi.ReportInitializationErrorAsync(exception);
            throw;
        }
    }

    private async Task InvokeOnceAsync(CancellationToken cancellationToken)
    {
        // Cancelling ends the wait, and the answer of an invocation in hand is not sent any more.
        using var invocation = await _runtimeApi.GetNextInvocationAsync(cancellationToken);
        _logger.AwsRequestId = invocation.LambdaContext.AwsRequestId;
        Environment.SetEnvironmentVariable(LambdaEnvironment.TraceIdVariable, invocation.LambdaContext.TraceId);

        InvocationResponse response;
        try
        {
            response = await _handler(invocation);
        }
        catch (Exception exception)
        {
            _logger.LogException(exception);
            await _runtimeApi.ReportInvocationErrorAsync(invocation.LambdaContext.AwsRequestId, exception, cancellationToken);
            return;
        }

        await _runtimeApi.SendResponseAsync(invocation.LambdaContext.AwsRequestId, response.OutputStream, cancellationToken);
    }
}
