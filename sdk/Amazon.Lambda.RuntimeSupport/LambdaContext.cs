using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>An invocation as the headers of <c>/runtime/invocation/next</c> describe it.</summary>
internal sealed class LambdaContext : ILambdaContext
{
    private readonly LambdaEnvironment _environment;
    private readonly DateTimeOffset _deadline;

    public LambdaContext(Func<string, string?> header, LambdaEnvironment environment, ILambdaLogger logger)
    {
        _environment = environment;
        Logger = logger;
        AwsRequestId = header("Lambda-Runtime-Aws-Request-Id")
            ?? throw new RuntimeApiClientException("The Lambda Runtime API handed out an invocation without a request id.");

        // Null where the header is missing, although the interface does not say so.
        InvokedFunctionArn = header("Lambda-Runtime-Invoked-Function-Arn")!;
        TenantId = header("Lambda-Runtime-Aws-Tenant-Id")!;
        TraceId = header("Lambda-Runtime-Trace-Id")!;

        // Without a deadline there is no time left.
        _ = long.TryParse(header("Lambda-Runtime-Deadline-Ms"), out var milliseconds);
        _deadline = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    public string AwsRequestId { get; }

    public IClientContext ClientContext => null!;

    public string FunctionName => _environment.FunctionName;

    public string FunctionVersion => _environment.FunctionVersion;

    public ICognitoIdentity Identity => null!;

    public string InvokedFunctionArn { get; }

    public ILambdaLogger Logger { get; }

    public string LogGroupName => _environment.LogGroupName;

    public string LogStreamName => _environment.LogStreamName;

    public int MemoryLimitInMB => _environment.MemoryLimitInMB;

    public TimeSpan RemainingTime => _deadline - TimeProvider.System.GetUtcNow();

    public string TenantId { get; }

    public string TraceId { get; }
}
