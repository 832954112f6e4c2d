using ChatEvents.FanOut.Posting;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// How many posts a second this worker allows itself. The account's quota is shared with everything else that calls API Gateway, and
/// nobody says how much of it is left: so the rate grows by a little for as long as nothing is refused, and falls at once to below
/// what got through when posts are refused (additive increase, multiplicative decrease). Workers that share a quota settle by that
/// on equal parts of it without knowing of each other.
/// </summary>
public sealed class PostRate(IOptions<FanOutOptions> options, TimeProvider time)
{
    /// <summary>Refusals are counted by window; one decision per window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A 429 can also mean one client that does not read. Such a client is refused once in the walk and is then posted to from its own
    /// lane, so two refusals of different connections within one window are taken for the account.
    /// </summary>
    private const int RefusalsThatMeanTheAccount = 2;

    /// <summary>Of the budget, added per window without refusals: 10,000 a second recover by 20 a second per window.</summary>
    private const double Increase = 0.002;

    /// <summary>Of what got through, kept after a window with refusals.</summary>
    private const double Decrease = 0.9;

    /// <summary>Tokens that may be saved up, as a length of time: covers the granularity of timers, hardly more.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(20);

    /// <summary>Posts a second, however much is refused: somebody has to find out when it is over.</summary>
    private const double Slowest = 10;

    private static readonly TimeSpan HeldBackFor = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly double _budget = options.Value.PostsPerSecond;
    private double _rate = options.Value.PostsPerSecond;
    private double _tokens = CapacityAt(options.Value.PostsPerSecond);
    private long _refilledAt = time.GetTimestamp();
    private long _windowFrom = time.GetTimestamp();
    private int _accepted;
    private int _refused;
    private TimeSpan _retryAfter;
    private long? _fellAt;

    /// <summary>Posts a second allowed now.</summary>
    public double Current
    {
        get
        {
            lock (_gate) return _rate;
        }
    }

    /// <summary>Whether the account has refused posts lately, so that a 429 need not be the client's fault.</summary>
    public bool IsHeldBack
    {
        get
        {
            lock (_gate) return _fellAt is { } at && time.GetElapsedTime(at) < HeldBackFor;
        }
    }

    /// <summary>Waits for the turn of one post. Turns are given out in the order of the calls.</summary>
    public ValueTask TakeAsync(CancellationToken abandoning)
    {
        double owed;
        double rate;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            EndWindow(now);
            Refill(now);
            owed = -(--_tokens);
            rate = _rate;
        }

        return owed <= 0 ? default : new ValueTask(Task.Delay(TimeSpan.FromSeconds(owed / rate), time, abandoning));
    }

    /// <summary>What became of a post; only first posts are told, not those of a connection that is late already.</summary>
    public void Tell(Delivery delivery)
    {
        lock (_gate)
        {
            if (delivery.Outcome != DeliveryOutcome.Throttled)
            {
                _accepted++;
                return;
            }

            _refused++;
            if (delivery.RetryAfter > _retryAfter)
                _retryAfter = delivery.RetryAfter.Value;
        }
    }

    private void Refill(long now)
    {
        _tokens = Math.Min(CapacityAt(_rate), _tokens + (_rate * time.GetElapsedTime(_refilledAt, now).TotalSeconds));
        _refilledAt = now;
    }

    private static double CapacityAt(double rate) => Math.Max(1, rate * Burst.TotalSeconds);

    private void EndWindow(long now)
    {
        var length = time.GetElapsedTime(_windowFrom, now);
        if (length < Window)
            return;

        Refill(now); // at the rate of the window that ends
        if (_refused >= RefusalsThatMeanTheAccount)
        {
            _fellAt = now;
            _rate = Math.Max(Math.Min(Slowest, _budget), Math.Min(_rate, _accepted / length.TotalSeconds) * Decrease);
            _tokens = Math.Min(_tokens, 0) - (_rate * _retryAfter.TotalSeconds);
        }
        else
        {
            _rate = Math.Min(_budget, _rate + (_budget * Increase));
        }

        _windowFrom = now;
        _accepted = _refused = 0;
        _retryAfter = TimeSpan.Zero;
    }
}
