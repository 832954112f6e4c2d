namespace ChatEvents.LocalGateway.Functions;

internal enum InvocationOutcome
{
    Returned,

    /// <summary>The function threw, could not start, or was killed; API Gateway does not tell them apart.</summary>
    Failed,

    /// <summary>No answer within the integration's time.</summary>
    TimedOut,
}

/// <summary>How an invocation ended: with the function's answer, or with an error.</summary>
internal readonly record struct InvocationResult(InvocationOutcome Outcome, ReadOnlyMemory<byte> Payload, FunctionError? Error = null)
{
    public static InvocationResult Failed(FunctionError error) => new(InvocationOutcome.Failed, default, error);

    public static InvocationResult Failed(string type, string message) => Failed(new FunctionError(type, message));

    public static InvocationResult TimedOut(TimeSpan limit) =>
        new(InvocationOutcome.TimedOut, default, new FunctionError("Timeout", $"no answer within {limit.TotalSeconds:0.###} s"));
}
