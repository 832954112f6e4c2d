namespace ChatEvents.Bench.Cells;

/// <summary>The quota of an account in a region: refilled steadily, filled up to the burst.</summary>
internal sealed class TokenBucket
{
    private readonly double _rate;
    private readonly double _capacity;
    private double _tokens;
    private double _refilledAt;

    public TokenBucket(double rate, double capacity) => (_rate, _capacity, _tokens) = (rate, capacity, capacity);

    public bool TryTake(double now)
    {
        _tokens = Math.Min(_capacity, _tokens + (now - _refilledAt) * _rate);
        _refilledAt = now;
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }
}
