using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// How often a connection may make the calls that keep a function busy: joining, leaving, listing a room. Refusing a connection that floods
/// costs a look-up in this table. Counts in this process only; the throttles of the stage limit all processes together.
/// </summary>
internal sealed class CallRate(TimeProvider time)
{
    /// <summary>As many as chat messages by default (<c>Limits:MessagesPerSecond</c>), so that no usual client meets it.</summary>
    private const double CallsPerSecond = 10;

    /// <summary>An application that starts may join as many rooms at once as there may be.</summary>
    private const double Burst = 30;

    /// <summary>Of connections that are remembered. Arbitrary: more than can ask within the seconds for which it matters.</summary>
    private const int MaxConnections = 10_000;

    private readonly TokenBuckets _calls = new(CallsPerSecond, Burst, MaxConnections);

    /// <exception cref="BadFrameException">The connection has asked too often.</exception>
    public void RequireTurn(string connectionId)
    {
        if (!_calls.TryTake(connectionId, time.GetUtcNow())) throw BadFrameException.TooOften("You ask too often; wait a second.");
    }
}
