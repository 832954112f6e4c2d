namespace Amazon.Lambda.Core;

/// <summary>What the Lambda service says about one invocation and about the function's environment.</summary>
public interface ILambdaContext
{
    string AwsRequestId { get; }

    IClientContext ClientContext { get; }

    string FunctionName { get; }

    string FunctionVersion { get; }

    ICognitoIdentity Identity { get; }

    string InvokedFunctionArn { get; }

    ILambdaLogger Logger { get; }

    string LogGroupName { get; }

    string LogStreamName { get; }

    int MemoryLimitInMB { get; }

    /// <summary>How long until the service ends the invocation; negative once the deadline has passed.</summary>
    TimeSpan RemainingTime { get; }

    string TenantId => string.Empty;

    /// <summary>X-Ray's trace header of this invocation: <c>Root=1-...;Parent=...;Sampled=1</c>.</summary>
    string TraceId => string.Empty;
}
