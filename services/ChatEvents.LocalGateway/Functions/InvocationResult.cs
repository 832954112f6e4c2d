namespace ChatEvents.LocalGateway.Functions;

internal enum InvocationOutcome
{
    Returned,

    /// <summary>The function threw, could not start, or was killed; API Gateway does not tell them apart.</summary>
    Failed,

    /// <summary>No answer within the integration's time.</summary>
    TimedOut,
}

/// <summary>How an invocation ended: the function's answer, or for logs the error's type and text.</summary>
internal readonly record struct InvocationResult(InvocationOutcome Outcome, ReadOnlyMemory<byte> Payload, string? Error = null)
{
    public static InvocationResult Failed(string error) => new(InvocationOutcome.Failed, default, error);

    public static InvocationResult TimedOut(TimeSpan limit) => new(InvocationOutcome.TimedOut, default, $"no answer within {limit.TotalSeconds:0.###} s");
}
