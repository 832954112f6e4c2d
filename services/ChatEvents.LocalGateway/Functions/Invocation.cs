namespace ChatEvents.LocalGateway.Functions;

/// <summary>One event of a function, from its arrival to its result.</summary>
internal sealed class Invocation(string requestId, string traceId, byte[] payload)
{
    private const int Waiting = 0, Taken = 1, Ended = 2;
    private readonly TaskCompletionSource<InvocationResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public string RequestId => requestId;

    public string TraceId => traceId;

    public byte[] Payload => payload;

    public Task<InvocationResult> Result => _result.Task;

    /// <summary>False if another environment took it or its caller gave up.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>The environment disconnected before it received the event, so another one may take it.</summary>
    public void PutBack() => Interlocked.CompareExchange(ref _state, Waiting, Taken);

    public void End(InvocationResult result)
    {
        Volatile.Write(ref _state, Ended);
        _result.TrySetResult(result);
    }
}
