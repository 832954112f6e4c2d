using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// Counts, by address, the frames that were refused because there are too many of them, or because they are for rooms that their senders are
/// not in. From an address with very many, no new connection is accepted for some seconds, so that a client gains nothing by connecting again
/// and again. Open connections are left alone. Counts in this process only.
/// </summary>
internal sealed class RefusedFrames(TimeProvider time)
{
    /// <summary>How many an address has. Arbitrary: clients of many people, who share one, are refused something now and then.</summary>
    private const double PerSecond = 20, AtOnce = 200;

    /// <summary>Of addresses that are remembered. Arbitrary.</summary>
    private const int MaxAddresses = 10_000;

    /// <summary>For how long after the last one too many. Arbitrary; short, because others at the address suffer too.</summary>
    private static readonly TimeSpan ShutFor = TimeSpan.FromSeconds(10);

    private readonly TokenBuckets _left = new(PerSecond, AtOnce, MaxAddresses);
    private readonly OncePer _told = new(TimeSpan.FromSeconds(1), time);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _shutUntil = new(StringComparer.Ordinal);

    public void CountOneFrom(string address)
    {
        var now = time.GetUtcNow();
        if (_left.TryTake(address, now)) return;
        lock (_gate)
        {
            if (_shutUntil.Count >= MaxAddresses) _shutUntil.Clear();
            _shutUntil[address] = now + ShutFor;
        }
    }

    public bool AreTooManyFrom(string address)
    {
        lock (_gate)
        {
            if (!_shutUntil.TryGetValue(address, out var end)) return false;
            if (time.GetUtcNow() < end) return true;
            _shutUntil.Remove(address);
            return false;
        }
    }

    /// <summary>Whether a refusal is worth a line in the log: of each connection, and of each address, one a second is.</summary>
    public bool IsNewsOf(string connectionOrAddress) => _told.IsNews(connectionOrAddress);
}
