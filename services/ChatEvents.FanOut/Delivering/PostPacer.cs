namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Hands out turns to post, in the order of the calls, at the rate of the moment (a token bucket): a post that began to wait while the
/// rate was low gets ahead when it rises.
/// </summary>
public sealed class PostPacer : IDisposable
{
    /// <summary>Tokens that may be saved up, as a length of time: covers the granularity of timers, hardly more.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(20);

    private readonly PostRate _rate;
    private readonly TimeProvider _time;
    private readonly ITimer _nextTurn;
    private readonly Lock _gate = new();
    private readonly Queue<Turn> _waiting = [];
    private double _tokens;
    private long _refilledAt;

    /// <summary>In this window of the rate: whether a turn was given, and whether one had to wait.</summary>
    private bool _hasGiven, _hadToWait;

    public PostPacer(PostRate rate, TimeProvider time)
    {
        (_rate, _time, _tokens, _refilledAt) = (rate, time, CapacityAt(rate.Current), time.GetTimestamp());
        _nextTurn = time.CreateTimer(
            static pacer => ((PostPacer)pacer!).GiveTurns(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many posts wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Waits for the turn of one post.</summary>
    public ValueTask TakeAsync(CancellationToken abandoning)
    {
        Turn turn;
        lock (_gate)
        {
            Refill();
            if (_waiting.Count == 0 && TryGive())
                return default;

            turn = new Turn(abandoning);
            _waiting.Enqueue(turn);
            _hadToWait = true;
            if (_waiting.Count == 1)
                WaitForNextTurn();
        }

        return new ValueTask(turn.Begun);
    }

    public void Dispose() => _nextTurn.Dispose();

    private void GiveTurns()
    {
        lock (_gate)
        {
            Refill();
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
        _hasGiven = true;
        return true;
    }

    private void WaitForNextTurn()
    {
        // In whole milliseconds, as timers count; rounded down, it would be due at once, again and again.
        var refilledIn = _time.GetElapsedTime(_time.GetTimestamp(), _refilledAt) + TimeSpan.FromSeconds((1 - _tokens) / _rate.Current);
        _nextTurn.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(refilledIn.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private void Refill()
    {
        var now = _time.GetTimestamp();
        if (now > _refilledAt) // else Retry-After holds everything back
        {
            var refilled = _rate.Current * _time.GetElapsedTime(_refilledAt, now).TotalSeconds;
            (_tokens, _refilledAt) = (Math.Min(CapacityAt(_rate.Current), _tokens + refilled), now);
        }

        if (!_rate.TryEndWindow(now, _hasGiven, _hadToWait, out var pause))
            return;

        (_hasGiven, _hadToWait) = (false, _waiting.Count > 0);
        if (pause is { } length)
            (_tokens, _refilledAt) = (0, Math.Max(_refilledAt, now + (long)(length.TotalSeconds * _time.TimestampFrequency)));
    }

    private static double CapacityAt(double rate) => Math.Max(1, rate * Burst.TotalSeconds);

    /// <summary>One post that waits.</summary>
    private sealed class Turn
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _abandoned;

        public Turn(CancellationToken abandoning) => _abandoned = abandoning.UnsafeRegister(
            static (begun, abandoning) => ((TaskCompletionSource)begun!).TrySetCanceled(abandoning), _begun);

        public Task Begun => _begun.Task;

        /// <summary>Whether its post was abandoned.</summary>
        public bool IsOver => _begun.Task.IsCompleted;

        public void Begin()
        {
            _abandoned.Unregister();
            _begun.TrySetResult();
        }
    }
}
