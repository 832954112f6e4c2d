using System.Collections.Concurrent;
using System.Threading.Channels;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>
/// A function whose environments poll the Lambda Runtime API. Each environment handles one event at a time; more environments mean
/// more concurrency, as on AWS.
/// </summary>
internal sealed class RuntimeFunction(string name, string arn, TimeSpan timeout, Ids ids, TimeProvider time) : IFunction
{
    private readonly Channel<Invocation> _waiting = Channel.CreateUnbounded<Invocation>();
    private readonly ConcurrentDictionary<string, Turn> _running = new();

    private int _waitingEnvironments;

    public string Name => name;

    /// <summary>How many environments are waiting for an event. Zero means that none was started or all are busy.</summary>
    public int WaitingEnvironments => Volatile.Read(ref _waitingEnvironments);

    public string Arn => arn;

    public TimeSpan Timeout => timeout;

    public async Task<InvocationResult> InvokeAsync(byte[] payload, CancellationToken abandoning)
    {
        var invocation = new Invocation(ids.NewUuid(), ids.NewInvocationTrace(time.GetUtcNow()), payload);
        _waiting.Writer.TryWrite(invocation);
        try
        {
            return await invocation.Result.WaitAsync(abandoning);
        }
        finally
        {
            // An event that no environment has taken is dropped when the caller gives up. A running one continues, as on AWS.
            invocation.TryTake();
        }
    }

    /// <summary>Waits for the next event.</summary>
    public async Task<Invocation> TakeAsync(CancellationToken environmentGone)
    {
        Interlocked.Increment(ref _waitingEnvironments);
        try
        {
            while (true)
            {
                var invocation = await _waiting.Reader.ReadAsync(environmentGone);
                if (!invocation.TryTake())
                    continue;
                Begin(invocation);
                return invocation;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waitingEnvironments);
        }
    }

    /// <summary>Leaves the event to another environment, with a new deadline.</summary>
    public void PutBack(Invocation invocation)
    {
        if (_running.TryRemove(invocation.RequestId, out var turn))
            turn.Deadline.Dispose();
        invocation.PutBack();
        _waiting.Writer.TryWrite(invocation);
    }

    /// <summary>False when no such invocation is running: unknown, answered already, or past its deadline.</summary>
    public bool TryEnd(string requestId, InvocationResult result)
    {
        if (!_running.TryRemove(requestId, out var turn))
            return false;
        turn.End(result);
        return true;
    }

    /// <summary>An environment could not start. On AWS the event it was started for fails.</summary>
    public void FailOldestWaiting(FunctionError error)
    {
        while (_waiting.Reader.TryRead(out var invocation))
        {
            if (!invocation.TryTake())
                continue;
            invocation.End(InvocationResult.Failed(error));
            return;
        }
    }

    private void Begin(Invocation invocation)
    {
        var deadline = time.CreateTimer(
            _ => TryEnd(
                invocation.RequestId,
                InvocationResult.Failed("Sandbox.Timedout", $"Task timed out after {timeout.TotalSeconds:0.00} seconds")),
            state: null,
            System.Threading.Timeout.InfiniteTimeSpan,
            System.Threading.Timeout.InfiniteTimeSpan);
        _running[invocation.RequestId] = new Turn(invocation, deadline);
        deadline.Change(timeout, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>An event that an environment is handling, and its deadline.</summary>
    private sealed record Turn(Invocation Invocation, ITimer Deadline)
    {
        public void End(InvocationResult result)
        {
            Deadline.Dispose();
            Invocation.End(result);
        }
    }
}
