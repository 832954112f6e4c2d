namespace ChatEvents.LocalGateway.Limits;

/// <summary>Allows a steady rate and a burst. Never waits.</summary>
internal sealed class TokenBucket(double perSecond, double burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _taken;
    private long _refilledAt = time.GetTimestamp();

    public bool TryTake()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _taken = Math.Max(0, _taken - time.GetElapsedTime(_refilledAt, now).TotalSeconds * perSecond);
            _refilledAt = now;
            if (_taken + 1 > burst)
                return false;
            _taken++;
            return true;
        }
    }
}
