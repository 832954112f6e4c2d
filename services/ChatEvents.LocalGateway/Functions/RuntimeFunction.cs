using System.Collections.Concurrent;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>
/// A function whose environments poll the Lambda Runtime API. Each environment handles one event at a time; more environments mean
/// more concurrency, as on AWS.
/// </summary>
internal sealed class RuntimeFunction(string name, string arn, TimeSpan timeout, bool isDebugged, Ids ids, TimeProvider time) : IFunction
{
    private readonly EventQueue _queue = new();
    private readonly ConcurrentDictionary<string, Invocation> _running = new();

    public string Name => name;

    public string Arn => arn;

    public TimeSpan Timeout => timeout;

    public bool IsDebugged => isDebugged;

    /// <summary>There is an event for which no environment waits.</summary>
    public event Action? Queued;

    /// <summary>Whether an environment has ever asked for an event.</summary>
    public bool HadEnvironment { get; private set; }

    public int WaitingEnvironments => _queue.WaitingEnvironments;

    public int WaitingEvents => _queue.WaitingEvents;

    public int RunningEvents => _running.Count;

    public Invocation? OldestWaiting => _queue.Oldest;

    public async Task<InvocationResult> InvokeAsync(byte[] payload, CancellationToken abandoning)
    {
        var now = time.GetUtcNow();
        var invocation = new Invocation(ids.NewUuid(), ids.NewInvocationTrace(now), payload, now);
        if (!_queue.Add(invocation))
            Queued?.Invoke();
        try
        {
            return await invocation.Result.WaitAsync(abandoning);
        }
        catch (OperationCanceledException)
        {
            // An event that no environment has taken is dropped when the caller gives up. A running one continues, as on AWS.
            _queue.Remove(invocation);
            throw;
        }
    }

    /// <summary>Waits for the next event.</summary>
    public async Task<Invocation> TakeAsync(FunctionEnvironment? environment, CancellationToken environmentGone)
    {
        HadEnvironment = true;
        if (environment is not null)
        {
            environment.HasStarted = true;
            environment.IdleSince = time.GetUtcNow();
        }

        var invocation = await _queue.TakeAsync(environmentGone);
        invocation.Environment = environment;
        if (environment is not null)
            (environment.Current, environment.IdleSince) = (invocation, null);
        Begin(invocation);
        return invocation;
    }

    /// <summary>Leaves the event to another environment, with a new deadline.</summary>
    public void PutBack(Invocation invocation)
    {
        _running.TryRemove(invocation.RequestId, out _);
        invocation.Deadline?.Dispose();
        if (invocation.Environment is { } environment)
            environment.Current = null;
        if (!invocation.Result.IsCompleted && !_queue.Add(invocation, first: true))
            Queued?.Invoke();
    }

    /// <summary>False if no such invocation is running: unknown, answered already, or past its deadline.</summary>
    public bool TryEnd(string requestId, InvocationResult result)
    {
        if (!_running.TryRemove(requestId, out var invocation))
            return false;
        invocation.End(result);
        return true;
    }

    /// <summary>An environment could not start. On AWS the event it was started for fails.</summary>
    public void FailOldestWaiting(FunctionError error) => _queue.TryTake()?.End(InvocationResult.Failed(error));

    /// <summary>An environment exited or was killed, and with it the event that it handled.</summary>
    public void EndEnvironment(FunctionEnvironment environment, FunctionError error)
    {
        if (environment.Current is not { } invocation)
            return;
        // It was given the event while it was being ended, and has not begun with it.
        if (environment.IsKilled)
            PutBack(invocation);
        else
            TryEnd(invocation.RequestId, InvocationResult.Failed(error));
    }

    private void Begin(Invocation invocation)
    {
        _running[invocation.RequestId] = invocation;
        if (!isDebugged)
            invocation.Deadline = time.CreateTimer(
                static state => ((Expiry)state!).End(), new Expiry(this, invocation), timeout, System.Threading.Timeout.InfiniteTimeSpan);
    }

    private sealed record Expiry(RuntimeFunction Function, Invocation Invocation)
    {
        public void End()
        {
            var environment = Invocation.Environment;
            var seconds = Function.Timeout.TotalSeconds;
            if (Function.TryEnd(
                Invocation.RequestId,
                InvocationResult.Failed("Sandbox.Timedout", string.Create(
                    System.Globalization.CultureInfo.InvariantCulture, $"Task timed out after {seconds:0.00} seconds"))))
            {
                // As on AWS: an environment that takes too long does not get another event.
                environment?.Kill();
            }
        }
    }
}
