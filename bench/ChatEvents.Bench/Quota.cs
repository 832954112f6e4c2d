namespace ChatEvents.Bench;

/// <summary>A token bucket, as API Gateway's account limit is one.</summary>
internal sealed class Quota(int perSecond, int burst)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _refilledAt = TimeProvider.System.GetTimestamp();

    public bool TryTake()
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (perSecond * TimeProvider.System.GetElapsedTime(_refilledAt, now).TotalSeconds));
            _refilledAt = now;
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
