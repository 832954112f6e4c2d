namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The lanes of one walk that have delivered something since its progress was saved. Were the worker killed, the next one would take all
/// of them for late still, and repeat that; so there are only so many at a time, and the next waits until the progress is saved again.
/// </summary>
public sealed class UnsavedLanes(int most) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most);
    private readonly Lock _gate = new();
    private HashSet<Lane> _delivered = [];
    private TaskCompletionSource _crowded = NewSignal();
    private int _waiting;

    /// <summary>Waits until one more may deliver.</summary>
    public async ValueTask EnterAsync(CancellationToken pausing)
    {
        if (_free.Wait(0, CancellationToken.None))
            return;

        CountWaiting(1);
        try
        {
            await _free.WaitAsync(pausing);
        }
        finally
        {
            CountWaiting(-1);
        }
    }

    /// <summary>The post is over; if it has delivered, its message is no longer late.</summary>
    public void Leave(Lane lane, bool hasDelivered)
    {
        lock (_gate)
        {
            if (hasDelivered && _delivered.Add(lane))
            {
                SignalIfCrowded();
                return;
            }
        }

        _free.Release();
    }

    /// <summary>Ends when a lane waits, and it is worth a save to let it go on.</summary>
    public Task UntilCrowdedAsync(CancellationToken abandoning)
    {
        lock (_gate)
        {
            if (_crowded.Task.IsCompleted) _crowded = NewSignal();
            SignalIfCrowded();
            return _crowded.Task.WaitAsync(abandoning);
        }
    }

    /// <summary>Before it is seen who is late.</summary>
    /// <returns>For <see cref="EndSaving"/>.</returns>
    public int BeginSaving()
    {
        lock (_gate)
        {
            var count = _delivered.Count;
            _delivered = [];
            return count;
        }
    }

    public void EndSaving(int count)
    {
        if (count > 0)
            _free.Release(count);
    }

    public void Dispose() => _free.Dispose();

    private void CountWaiting(int change)
    {
        lock (_gate)
        {
            _waiting += change;
            SignalIfCrowded();
        }
    }

    /// <summary>The other places are those of posts under way, which end by themselves.</summary>
    private void SignalIfCrowded()
    {
        if (_waiting > 0 && 2 * _delivered.Count >= most)
            _crowded.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
