namespace ChatEvents.LocalGateway.Functions;

/// <summary>One event of a function, from its arrival to its result.</summary>
internal sealed class Invocation(string requestId, string traceId, byte[] payload, DateTimeOffset queuedAt)
{
    private readonly TaskCompletionSource<InvocationResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string RequestId => requestId;

    public string TraceId => traceId;

    public byte[] Payload => payload;

    public DateTimeOffset QueuedAt => queuedAt;

    public Task<InvocationResult> Result => _result.Task;

    /// <summary>The environment that handles the event, if the gateway knows it.</summary>
    public FunctionEnvironment? Environment { get; set; }

    /// <summary>Ends the environment that takes too long.</summary>
    public ITimer? Deadline { get; set; }

    public void End(InvocationResult result)
    {
        Deadline?.Dispose();
        if (Environment is { } environment)
            environment.Current = null;
        _result.TrySetResult(result);
    }
}
