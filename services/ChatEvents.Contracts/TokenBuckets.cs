namespace ChatEvents.Contracts;

/// <summary>
/// How often something may happen, for each of many: a token a time, of which so many a second come back, up to a burst. The times are
/// those of the events, so that what waited in a queue is not taken for a flood.
/// </summary>
/// <param name="perSecond">Tokens that come back in a second.</param>
/// <param name="burst">Tokens that there are at most.</param>
/// <param name="maxKeys">How many keys are remembered; one that is forgotten has all its tokens.</param>
public sealed class TokenBuckets(double perSecond, double burst, int maxKeys)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (double Taken, DateTimeOffset At)> _buckets = new(StringComparer.Ordinal);

    /// <returns>Whether there was a token.</returns>
    public bool TryTake(string key, DateTimeOffset at)
    {
        lock (_gate)
        {
            var (taken, last) = _buckets.GetValueOrDefault(key, (0, at));
            if (at > last) (taken, last) = (Math.Max(0, taken - (perSecond * (at - last).TotalSeconds)), at);
            if (taken + 1 > burst) return false;
            if (_buckets.Count >= maxKeys && !_buckets.ContainsKey(key)) Forget(at);
            _buckets[key] = (taken + 1, last);
            return true;
        }
    }

    /// <summary>Gives back a token that was taken.</summary>
    public void Return(string key)
    {
        lock (_gate)
        {
            if (_buckets.TryGetValue(key, out var bucket)) _buckets[key] = bucket with { Taken = Math.Max(0, bucket.Taken - 1) };
        }
    }

    /// <summary>Forgets the full buckets; all of them, if none is full.</summary>
    private void Forget(DateTimeOffset now)
    {
        var refill = TimeSpan.FromSeconds(burst / perSecond);
        foreach (var (key, (_, at)) in _buckets.ToList())
        {
            if (now - at >= refill) _buckets.Remove(key);
        }

        if (_buckets.Count >= maxKeys) _buckets.Clear();
    }
}
