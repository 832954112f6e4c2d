using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// How many posts a second this worker allows itself. The account's quota is shared with everything else that calls API Gateway, and
/// nobody says how much of it is left: so the rate grows by a little for as long as nothing is refused, and falls at once to below
/// what got through when posts are refused (additive increase, multiplicative decrease). Workers that share a quota settle by that
/// on equal parts of it without knowing of each other.
/// </summary>
public sealed class PostRate : IDisposable
{
    /// <summary>Refusals are counted by window; one decision per window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A 429 can also mean one client that does not read. Such a client is refused once in the walk and is then posted to from its own
    /// lane, so two refusals within one window are taken for the account, if they are not few among all that got through.
    /// </summary>
    private const int RefusalsThatMeanTheAccount = 2;

    /// <summary>The least part of a window's answers that means the account; two slow clients among a thousand are not it.</summary>
    private const double RefusedPartThatMeansTheAccount = 0.01;

    /// <summary>Of the budget, added per window without refusals: 10,000 a second recover by 20 a second per window.</summary>
    private const double Increase = 0.002;

    /// <summary>Of what got through, kept after a window with refusals.</summary>
    private const double Decrease = 0.9;

    /// <summary>Of the budget, the least that a mere suspicion leaves: some doublings later the rate is what it was.</summary>
    private const double LeftBySuspicion = 0.01;

    /// <summary>Tokens that may be saved up, as a length of time: covers the granularity of timers, hardly more.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(20);

    /// <summary>Posts a second, however much is refused: somebody has to find out when it is over.</summary>
    private const double Slowest = 10;

    private static readonly TimeSpan HeldBackFor = TimeSpan.FromSeconds(5);

    /// <summary>How long at most somebody waits for that to be over: where several share a quota, refusals never quite end.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly double _budget;
    private readonly TimeProvider _time;
    private readonly ITimer _nextTurn;
    private readonly Queue<Turn> _waiting = [];
    private double _rate;
    private double _tokens;
    private long _refilledAt;
    private long _windowFrom;
    private int _given;
    private int _accepted;
    private int _refused;
    private TimeSpan _retryAfter;
    private long? _fellAt;

    /// <summary>Whether somebody had to wait for a turn in this window: then it shows what the account takes, not what was offered.</summary>
    private bool _wasLimited;

    /// <summary>What the rate was before it fell on a suspicion; null when there is none.</summary>
    private double? _unsuspected;

    public PostRate(IOptions<FanOutOptions> options, TimeProvider time)
    {
        (_budget, _time) = (options.Value.PostsPerSecond, time);
        (_rate, _tokens) = (_budget, CapacityAt(_budget));
        _refilledAt = _windowFrom = time.GetTimestamp();
        _nextTurn = time.CreateTimer(
            static rate => ((PostRate)rate!).GiveTurns(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Posts a second allowed now.</summary>
    public double Current
    {
        get
        {
            lock (_gate) return _rate;
        }
    }

    /// <summary>How many posts wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Whether the account has refused posts lately, so that a 429 need not be the client's fault.</summary>
    public bool IsHeldBack
    {
        get
        {
            lock (_gate) return _fellAt is { } at && _time.GetElapsedTime(at) < HeldBackFor;
        }
    }

    /// <summary>
    /// Waits for the turn of one post. Turns are given out in the order of the calls, at the rate of the moment: whoever began to wait
    /// while the rate was low gets ahead when it rises.
    /// </summary>
    public ValueTask TakeAsync(CancellationToken abandoning)
    {
        Turn turn;
        lock (_gate)
        {
            Pass(_time.GetTimestamp());
            if (_waiting.Count == 0 && TryGive())
                return default;

            turn = new Turn(abandoning);
            _waiting.Enqueue(turn);
            _wasLimited = true;
            if (_waiting.Count == 1)
                WaitForNextTurn();
        }

        return new ValueTask(turn.Begun);
    }

    /// <summary>A post was answered by something other than 429.</summary>
    public void CountAccepted()
    {
        lock (_gate) _accepted++;
    }

    /// <summary>
    /// A post was answered 429. Not told of a connection that has been refused several times: it is a client that does not read, and
    /// would look like a refusing account for as long as it is waited for.
    /// </summary>
    public void CountRefused(TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            _refused++;
            if (retryAfter > _retryAfter)
                _retryAfter = retryAfter.Value;
        }
    }

    /// <summary>Waits for the work to end, but not when the account takes posts, and not for ever.</summary>
    public async Task WaitWhileHeldBackAsync(Task work, CancellationToken abandoning)
    {
        for (var begunAt = _time.GetTimestamp(); !work.IsCompleted && IsHeldBack && _time.GetElapsedTime(begunAt) < LongestWait;)
        {
            await work.WaitAsync(Window, _time, abandoning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            abandoning.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => _nextTurn.Dispose();

    private void GiveTurns()
    {
        lock (_gate)
        {
            Pass(_time.GetTimestamp());
            while (_waiting.TryPeek(out var turn) && (turn.IsOver || TryGive()))
            {
                _waiting.Dequeue().Begin();
            }

            if (_waiting.Count > 0)
                WaitForNextTurn();
        }
    }

    private bool TryGive()
    {
        if (_tokens < 1)
            return false;

        _tokens--;
        _given++;
        return true;
    }

    private void WaitForNextTurn()
    {
        // In whole milliseconds, as timers count; rounded down, it would be due at once, again and again.
        var refilledIn = _time.GetElapsedTime(_time.GetTimestamp(), _refilledAt) + TimeSpan.FromSeconds((1 - _tokens) / _rate);
        _nextTurn.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(refilledIn.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private void Pass(long now)
    {
        EndWindow(now);
        Refill(now);
    }

    private void Refill(long now)
    {
        if (now <= _refilledAt)
            return; // held back by Retry-After

        _tokens = Math.Min(CapacityAt(_rate), _tokens + (_rate * _time.GetElapsedTime(_refilledAt, now).TotalSeconds));
        _refilledAt = now;
    }

    private static double CapacityAt(double rate) => Math.Max(1, rate * Burst.TotalSeconds);

    private void EndWindow(long now)
    {
        var length = _time.GetElapsedTime(_windowFrom, now);
        if (length < Window)
            return;

        Refill(now); // at the rate of the window that ends
        if (_refused >= RefusalsThatMeanTheAccount && _refused >= RefusedPartThatMeansTheAccount * (_accepted + _refused))
        {
            Fall(length);
            _fellAt = now;
            _tokens = 0;
            _refilledAt = Math.Max(_refilledAt, now + (long)(_retryAfter.TotalSeconds * _time.TimestampFrequency));
        }
        else if (_given > 0)
        {
            Rise(); // while nobody posts there is nothing to find out
        }

        _windowFrom = now;
        _given = _accepted = _refused = 0;
        _retryAfter = TimeSpan.Zero;
        _wasLimited = _waiting.Count > 0;
    }

    /// <summary>
    /// When nobody had to wait for a turn, what got through says little about the account: few posts were offered, and two clients of a
    /// quiet room that do not read look just like it. So that is a suspicion only, which is soon given up unless more is refused.
    /// </summary>
    private void Fall(TimeSpan length)
    {
        var slowest = Math.Min(Slowest, _budget);
        if (!_wasLimited)
        {
            _unsuspected ??= _rate;
            slowest = Math.Min(_rate, Math.Max(slowest, LeftBySuspicion * _budget));
            length = Window; // a window ends with the next post, be that seconds later
        }
        else
        {
            _unsuspected = null;
        }

        _rate = Math.Max(slowest, Math.Min(_rate, _accepted / length.TotalSeconds) * Decrease);
    }

    private void Rise()
    {
        var risen = _rate + (_budget * Increase);
        if (_unsuspected is { } before)
        {
            risen = Math.Max(risen, Math.Min(before, 2 * _rate));
            if (risen >= before) _unsuspected = null;
        }

        _rate = Math.Min(_budget, risen);
    }

    /// <summary>One post that waits.</summary>
    private sealed class Turn
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _abandoned;

        public Turn(CancellationToken abandoning) => _abandoned = abandoning.UnsafeRegister(
            static (begun, abandoning) => ((TaskCompletionSource)begun!).TrySetCanceled(abandoning), _begun);

        public Task Begun => _begun.Task;

        /// <summary>Whether nobody waits for it any more.</summary>
        public bool IsOver => _begun.Task.IsCompleted;

        public void Begin()
        {
            _abandoned.Unregister();
            _begun.TrySetResult();
        }
    }
}
