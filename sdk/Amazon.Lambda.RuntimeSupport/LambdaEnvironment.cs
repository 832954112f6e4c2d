using Amazon.Lambda.RuntimeSupport.Bootstrap;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>What the Lambda service tells a function by environment variables. They may be missing where it runs elsewhere.</summary>
internal sealed class LambdaEnvironment(LambdaBootstrapOptions options)
{
    /// <summary>The one variable that the runtime writes: the trace of the invocation in hand, for the SDKs to pass on.</summary>
    public const string TraceIdVariable = "_X_AMZN_TRACE_ID";

    public string RuntimeApi { get; } = options.RuntimeApiEndpoint is { Length: > 0 } endpoint ? endpoint
        : Variable("AWS_LAMBDA_RUNTIME_API") is { Length: > 0 } variable ? variable
        : throw new InvalidOperationException("AWS_LAMBDA_RUNTIME_API must name the Lambda Runtime API as host:port, but is not set.");

    public string FunctionName { get; } = Variable("AWS_LAMBDA_FUNCTION_NAME");

    public string FunctionVersion { get; } = Variable("AWS_LAMBDA_FUNCTION_VERSION");

    public string LogGroupName { get; } = Variable("AWS_LAMBDA_LOG_GROUP_NAME");

    public string LogStreamName { get; } = Variable("AWS_LAMBDA_LOG_STREAM_NAME");

    public int MemoryLimitInMB { get; } = int.TryParse(Variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), out var megabytes) ? megabytes : 0;

    // Null where it is missing, although the interface of the context does not say so.
    private static string Variable(string name) => Environment.GetEnvironmentVariable(name)!;
}
