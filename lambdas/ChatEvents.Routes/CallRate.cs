namespace ChatEvents.Routes;

/// <summary>
/// How often a connection may ask for what takes a function long: to join, to leave, to list a room. One that floods is refused before it
/// costs more than a look into this table. It counts in this process only; what limits all of them together are the throttles of the stage.
/// </summary>
internal sealed class CallRate(TimeProvider time)
{
    /// <summary>As many as chat messages by default (<c>Limits:MessagesPerSecond</c>), so that no usual client meets it.</summary>
    private const double CallsPerSecond = 10;

    /// <summary>An application that starts may join as many rooms at once as there may be.</summary>
    private const double Burst = 30;

    /// <summary>Of connections that are remembered. Arbitrary: more than can ask within the seconds for which it matters.</summary>
    private const int MaxConnections = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (double Calls, long At)> _connections = new(StringComparer.Ordinal);

    /// <exception cref="BadFrameException">The connection has asked too often.</exception>
    public void RequireTurn(string connectionId)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var calls = _connections.TryGetValue(connectionId, out var last)
                ? Math.Max(0, last.Calls - (CallsPerSecond * time.GetElapsedTime(last.At, now).TotalSeconds))
                : 0;
            if (calls + 1 > Burst) throw BadFrameException.TooOften("You ask too often; wait a second.");
            if (_connections.Count >= MaxConnections) Forget(now);
            _connections[connectionId] = (calls + 1, now);
        }
    }

    /// <summary>Forgets who has not asked for so long that all its calls are forgiven; everybody, if none has.</summary>
    private void Forget(long now)
    {
        var forgiven = TimeSpan.FromSeconds(Burst / CallsPerSecond);
        foreach (var (connectionId, (_, at)) in _connections.ToList())
        {
            if (time.GetElapsedTime(at, now) >= forgiven) _connections.Remove(connectionId);
        }

        if (_connections.Count >= MaxConnections) _connections.Clear();
    }
}
