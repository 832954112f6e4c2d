using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// Sheds the messages of a connection that floods, before they cost a place in a queue, where those of others would wait behind them. The
/// fan-out enforces the limit, and disconnects who goes on at ten times of it; here only what the fan-out would refuse
/// anyway is refused, and counted. It counts in this process only, by the times at which the gateway received the frames.
/// </summary>
internal sealed class MessageRate(int messagesPerSecond, int burst, TimeProvider time)
{
    /// <summary>Of connections that are remembered. Arbitrary.</summary>
    private const int MaxConnections = 10_000;

    private static readonly RouteAnswer Shed = RouteAnswer.Silent with { IsNuisance = true };

    // Those of the fan-out, which sees no fewer of a sender's messages and so delivers none that is refused here.
    private readonly TokenBuckets _messages = new(messagesPerSecond, burst, MaxConnections);
    private readonly OncePer _told = new(TimeSpan.FromSeconds(1), time);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _shed = new(StringComparer.Ordinal);

    /// <returns>The answer to a message that is refused, a frame at most once a second; null for one that is not.</returns>
    public RouteAnswer? Refusal(RouteRequestContext context)
    {
        var connectionId = context.RequiredConnectionId;
        if (_messages.TryTake(connectionId, context.RequiredRequestTime)) return null;
        Count(connectionId);
        return _told.IsNews(connectionId)
            ? RouteAnswer.Error(
                429, ErrorCode.RateLimited,
                $"You send more than {messagesPerSecond} messages a second; this one was not accepted. Wait a second.")
            : Shed;
    }

    /// <returns><see cref="MessagePosted.Shed"/> of the message that is let through.</returns>
    public int? TakeShed(string connectionId)
    {
        lock (_gate) return _shed.Remove(connectionId, out var shed) ? shed : null;
    }

    private void Count(string connectionId)
    {
        lock (_gate)
        {
            if (_shed.Count >= MaxConnections) _shed.Clear();
            _shed[connectionId] = Math.Min(_shed.GetValueOrDefault(connectionId) + 1, Limits.MaxShed);
        }
    }
}
