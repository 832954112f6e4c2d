namespace ChatEvents.LocalGateway.Functions;

/// <summary>Events that wait for an environment, and environments that wait for an event. At most one of the two has members.</summary>
internal sealed class EventQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Invocation> _events = [];
    private readonly LinkedList<TaskCompletionSource<Invocation>> _environments = [];

    public int WaitingEvents
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    public int WaitingEnvironments
    {
        get
        {
            lock (_gate)
                return _environments.Count;
        }
    }

    public Invocation? Oldest
    {
        get
        {
            lock (_gate)
                return _events.First?.Value;
        }
    }

    /// <summary>True if a waiting environment took the event.</summary>
    public bool Add(Invocation invocation, bool first = false)
    {
        while (true)
        {
            TaskCompletionSource<Invocation> environment;
            lock (_gate)
            {
                if (_environments.First is null)
                {
                    _ = first ? _events.AddFirst(invocation) : _events.AddLast(invocation);
                    return false;
                }

                environment = _environments.First.Value;
                _environments.RemoveFirst();
            }

            if (environment.TrySetResult(invocation))
                return true;
        }
    }

    /// <summary>False if an environment has taken the event.</summary>
    public bool Remove(Invocation invocation)
    {
        lock (_gate)
            return _events.Remove(invocation);
    }

    public Invocation? TryTake()
    {
        lock (_gate)
        {
            var invocation = _events.First?.Value;
            if (invocation is not null)
                _events.RemoveFirst();
            return invocation;
        }
    }

    public async ValueTask<Invocation> TakeAsync(CancellationToken environmentGone)
    {
        LinkedListNode<TaskCompletionSource<Invocation>> waiting;
        lock (_gate)
        {
            if (_events.First?.Value is { } invocation)
            {
                _events.RemoveFirst();
                return invocation;
            }

            environmentGone.ThrowIfCancellationRequested();
            waiting = _environments.AddLast(new TaskCompletionSource<Invocation>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        using var registration = environmentGone.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<Invocation>)state!).TrySetCanceled(token), waiting.Value);
        try
        {
            return await waiting.Value.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (waiting.List is not null)
                    _environments.Remove(waiting);
            }

            throw;
        }
    }
}
