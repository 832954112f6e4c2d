namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The lanes of one walk that have delivered something since its progress was saved. Were the worker killed, the next one would take all
/// of them for late still, and repeat that; so there are only so many at a time, and the next waits until the progress is saved again.
/// </summary>
public sealed class UnsavedLanes(int most) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most);
    private readonly SemaphoreSlim _waited = new(0);
    private readonly Lock _gate = new();
    private HashSet<Lane> _delivered = [];

    /// <summary>Waits until one more may deliver.</summary>
    public async ValueTask EnterAsync(CancellationToken pausing)
    {
        if (_free.Wait(0, CancellationToken.None))
            return;

        _waited.Release();
        await _free.WaitAsync(pausing);
    }

    /// <summary>The post is over; if it has delivered, its message is no longer late.</summary>
    public void Leave(Lane lane, bool hasDelivered)
    {
        lock (_gate)
        {
            if (hasDelivered && _delivered.Add(lane))
                return;
        }

        _free.Release();
    }

    /// <summary>Ends when a lane had to wait since this was last asked.</summary>
    public async Task UntilCrowdedAsync(CancellationToken abandoning)
    {
        await _waited.WaitAsync(abandoning);
        while (_waited.Wait(0, CancellationToken.None))
        {
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

    public void Dispose()
    {
        _free.Dispose();
        _waited.Dispose();
    }
}
