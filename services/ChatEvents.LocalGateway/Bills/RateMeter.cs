namespace ChatEvents.LocalGateway.Bills;

/// <summary>The most events within one second of the clock.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private long _second;
    private long _count;
    private long _peak;

    public long Peak
    {
        get
        {
            lock (_gate)
                return _peak;
        }
    }

    public void Mark()
    {
        lock (_gate)
        {
            var second = (long)time.GetElapsedTime(_start).TotalSeconds;
            (_second, _count) = second == _second ? (second, _count + 1) : (second, 1);
            _peak = Math.Max(_peak, _count);
        }
    }
}
