namespace ChatEvents.Queues;

/// <summary>When a request that does not fill a call waits for more.</summary>
public enum Lingering
{
    /// <summary>Always, from the first request on: the fewest calls, for requests that nobody waits for.</summary>
    Always,

    /// <summary>Only if a call began within the linger before: an idle worker waits for nothing, a busy one makes a fraction of the calls.</summary>
    AfterCall,
}

/// <param name="MaxPerCall">How many requests fit into one call. A full call does not wait.</param>
/// <param name="CallsAtOnce">
/// How many calls are in flight. While all are, requests wait and fill the next one, so that a slow server gets fuller calls, not more.
/// </param>
/// <param name="Linger">How long requests wait for others.</param>
/// <param name="When">Whether they always do.</param>
public sealed record BatchLimits(int MaxPerCall, int CallsAtOnce, TimeSpan Linger, Lingering When);

/// <summary>One request within a call. The call has to answer or fail each of them.</summary>
public sealed class BatchedRequest<TRequest, TAnswer>(TRequest request)
{
    private readonly TaskCompletionSource<TAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TRequest Request { get; } = request;

    public Task<TAnswer> Answered => _answer.Task;

    public void Answer(TAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Does nothing if it is answered already.</summary>
    public void Fail(Exception failure) => _answer.TrySetException(failure);
}

/// <summary>Gathers single requests into calls of several. Each request gets its own answer or failure.</summary>
/// <param name="limits">Size and number of the calls.</param>
/// <param name="call">Makes one call. What it throws fails all requests that it has not answered.</param>
/// <param name="time">The clock of the linger.</param>
/// <param name="keyOf">Two requests with the same key never share a call; without it, all may.</param>
public sealed class Batcher<TRequest, TAnswer>(
    BatchLimits limits,
    Func<IReadOnlyList<BatchedRequest<TRequest, TAnswer>>, Task> call,
    TimeProvider time,
    Func<TRequest, string>? keyOf = null)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<BatchedRequest<TRequest, TAnswer>> _waiting = [];
    private int _inFlight;
    private long? _lastBegunAt;
    private int _lingers;
    private bool _isLingering;
    private bool _hasLingered;

    /// <param name="request">To be sent.</param>
    /// <param name="cancellation">Ends the wait for the answer, not the call.</param>
    public async Task<TAnswer> AskAsync(TRequest request, CancellationToken cancellation = default)
    {
        var entry = new BatchedRequest<TRequest, TAnswer>(request);
        lock (_gate) _waiting.AddLast(entry);
        StartCalls();
        return await entry.Answered.WaitAsync(cancellation);
    }

    private void StartCalls()
    {
        while (TakeBatch() is { } batch) _ = SendAsync(batch);
    }

    private List<BatchedRequest<TRequest, TAnswer>>? TakeBatch()
    {
        lock (_gate)
        {
            if (_inFlight == limits.CallsAtOnce || _waiting.Count == 0) return null;
            if (_waiting.Count < limits.MaxPerCall && !_hasLingered && FindLinger() is { } linger)
            {
                if (!_isLingering) _ = LingerAsync(linger);
                return null;
            }

            _inFlight++;
            _lingers++; // one that is not over was for this call
            (_isLingering, _hasLingered) = (false, false);
            _lastBegunAt = time.GetTimestamp();
            return TakeDistinct();
        }
    }

    /// <summary>Null where the next call need not wait at all.</summary>
    private TimeSpan? FindLinger() => limits.When switch
    {
        Lingering.Always => limits.Linger,
        _ when _lastBegunAt is { } begunAt && time.GetElapsedTime(begunAt) is var elapsed && elapsed < limits.Linger => limits.Linger - elapsed,
        _ => null,
    };

    private List<BatchedRequest<TRequest, TAnswer>> TakeDistinct()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var batch = new List<BatchedRequest<TRequest, TAnswer>>();
        for (var node = _waiting.First; node is not null && batch.Count < limits.MaxPerCall;)
        {
            var next = node.Next;
            if (keyOf is null || keys.Add(keyOf(node.Value.Request)))
            {
                batch.Add(node.Value);
                _waiting.Remove(node);
            }

            node = next;
        }

        return batch;
    }

    private async Task LingerAsync(TimeSpan linger)
    {
        _isLingering = true;
        var mine = _lingers;

        // Even without a linger, requests that are made in one go share a call.
        await Task.Yield();
        if (linger > TimeSpan.Zero) await Task.Delay(linger, time);
        lock (_gate)
        {
            if (_lingers != mine) return;
            (_isLingering, _hasLingered) = (false, true);
        }

        StartCalls();
    }

    /// <summary>Never throws: a failure is the answer to the requests.</summary>
    private async Task SendAsync(List<BatchedRequest<TRequest, TAnswer>> batch)
    {
        try
        {
            await call(batch);
        }
        catch (Exception failure)
        {
            batch.ForEach(request => request.Fail(failure));
        }

        lock (_gate) _inFlight--;
        StartCalls();
    }
}
