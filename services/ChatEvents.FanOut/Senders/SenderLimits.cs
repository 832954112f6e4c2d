using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Senders;

/// <summary>
/// How many messages somebody may send: a user over all connections, a guest over each. Servers are not limited. It counts what this worker sees; a sender's messages of one room are seen by one worker. Times are those at which the
/// gateway received the frames.
/// </summary>
public sealed class SenderLimits(IOptions<LimitOptions> options, TimeProvider time)
{
    /// <summary>Of senders that are remembered; some 100 bytes each. Arbitrary.</summary>
    private const int MaxSenders = 100_000;

    /// <summary>
    /// Who sends so many times the limit in each of so many seconds, or as much in less time, and goes on, is disconnected.
    /// </summary>
    private const int FloodTimes = 10, FloodSeconds = 10;

    private readonly int _flood = FloodTimes * options.Value.MessagesPerSecond;
    private readonly TokenBuckets _buckets = new(options.Value.MessagesPerSecond, options.Value.Burst, MaxSenders);
    private readonly OncePer _told = new(TimeSpan.FromSeconds(1), time);
    private readonly OncePer _disconnected = new(TimeSpan.FromSeconds(FloodSeconds), time);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Flood> _floods = new(StringComparer.Ordinal);

    public int MessagesPerSecond => options.Value.MessagesPerSecond;

    public SenderVerdict Judge(MessagePosted posted)
    {
        if (KeyOf(posted) is not { } sender) return SenderVerdict.Delivered;
        var isFlood = IsFlood(sender, posted.PostedAt, 1 + (posted.Shed ?? 0));
        var isOver = !_buckets.TryTake(sender, posted.PostedAt);

        // The function lets through no more than the bucket has tokens for, so what it has shed is what tells that a sender goes on.
        if (isFlood && (isOver || posted.Shed > 0) && _disconnected.IsNews(posted.ConnectionId)) return SenderVerdict.Disconnected;
        if (!isOver) return SenderVerdict.Delivered;
        return _told.IsNews(sender) ? SenderVerdict.Told : SenderVerdict.Refused;
    }

    /// <summary>A direct message is two, one for each side; both are counted, each for itself.</summary>
    private static string? KeyOf(MessagePosted posted) => posted switch
    {
        { Server: not null } => null,
        { User: { } user, To: { } to } when to != user && posted.Room == UserId.RoomOf(user) => $"copy:{user}",
        { User: { } user } => $"user:{user}",
        { Guest: not null } => $"connection:{posted.ConnectionId}",
        _ => null,
    };

    private bool IsFlood(string sender, DateTimeOffset at, int messages)
    {
        lock (_gate)
        {
            var second = at.ToUnixTimeSeconds();
            var flood = _floods.GetValueOrDefault(sender);
            if (second > flood.Second)
            {
                flood = flood with
                {
                    Second = second,
                    Count = 0,
                    SecondsBefore = flood.Count >= _flood && second == flood.Second + 1 ? flood.SecondsBefore + 1 : 0,
                };
            }

            if (second >= flood.Since + FloodSeconds) flood = flood with { Since = second, Total = 0 };
            var isFlood = flood.SecondsBefore >= FloodSeconds || flood.Total >= FloodSeconds * _flood;
            if (_floods.Count >= MaxSenders) _floods.Clear();
            _floods[sender] = flood with { Count = flood.Count + messages, Total = flood.Total + messages };
            return isFlood;
        }
    }

    /// <param name="Second">The latest in which something was sent, since 1970.</param>
    /// <param name="Count">How many messages were sent in it.</param>
    /// <param name="SecondsBefore">How many seconds right before it had too many.</param>
    /// <param name="Since">When counting the total began, which it does anew after so many seconds.</param>
    /// <param name="Total">How many messages were sent since then.</param>
    private readonly record struct Flood(long Second, int Count, int SecondsBefore, long Since, int Total);
}

/// <summary>What becomes of a message, for its sender.</summary>
public enum SenderVerdict
{
    Delivered,

    /// <summary>It is over the limit, and is not delivered.</summary>
    Refused,

    /// <summary>The same, and the sender is told; at most once a second.</summary>
    Told,

    /// <summary>The same, and the sender is disconnected.</summary>
    Disconnected,
}
