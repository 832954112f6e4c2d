namespace ChatEvents.Contracts;

/// <summary>Remembers what was told within a period, so that what happens many times a second is told once.</summary>
public sealed class OncePer(TimeSpan period, TimeProvider time)
{
    /// <summary>How many things are remembered; beyond it nothing is news. Arbitrary: nobody reads that many lines.</summary>
    private const int MaxTold = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _toldAt = new(StringComparer.Ordinal);

    /// <returns>Whether it was not told within the last period; from now on it counts as told.</returns>
    public bool IsNews(string what)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_toldAt.TryGetValue(what, out var at) && now - at < period) return false;
            if (_toldAt.Count >= MaxTold) Forget(now);
            if (_toldAt.Count >= MaxTold) return false;
            _toldAt[what] = now;
            return true;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (old, toldAt) in _toldAt.ToList())
        {
            if (now - toldAt >= period) _toldAt.Remove(old);
        }
    }
}
