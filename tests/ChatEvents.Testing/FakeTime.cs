namespace ChatEvents.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Code under test arms its timers in its own time, so a test first waits for the
/// timer (<see cref="TimerAsync(TimeSpan, CancellationToken)"/>) and then advances; advancing first would be a race.
/// </summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _armed = [];
    private readonly List<Watcher> _watchers = [];
    private DateTimeOffset _now;

    public FakeTime()
        : this(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public FakeTime(DateTimeOffset start) => _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How long until each armed timer is due, the next one first.</summary>
    public IReadOnlyList<TimeSpan> ArmedTimers
    {
        get
        {
            lock (_gate) return DueTimes();
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock and runs the callbacks of all timers that fall due, in order, each at its own instant; also of those that such a
    /// callback arms within the time given.
    /// </summary>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var end = GetUtcNow() + time;
        while (TakeNextDue(end) is { } timer) timer.Callback();
    }

    /// <summary>Waits until a timer is armed that is due in exactly this time.</summary>
    public Task TimerAsync(TimeSpan dueIn, CancellationToken cancellation) =>
        WatchAsync(timers => timers.Contains(dueIn), cancellation);

    /// <summary>Waits until this many timers are armed, whenever they are due.</summary>
    public Task TimersAsync(int count, CancellationToken cancellation) =>
        WatchAsync(timers => timers.Count >= count, cancellation);

    /// <summary>Waits until any timer is armed, moves the clock to the next one, and returns how far that was.</summary>
    public async Task<TimeSpan> AdvanceToNextTimerAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await TimersAsync(1, cancellation);
            if (ArmedTimers is [var next, ..])
            {
                Advance(next);
                return next;
            }
        }
    }

    /// <summary>Waits for a timer that is due in exactly this time, then moves the clock to it.</summary>
    public async Task AdvanceToTimerAsync(TimeSpan dueIn, CancellationToken cancellation)
    {
        await TimerAsync(dueIn, cancellation);
        Advance(dueIn);
    }

    private async Task WatchAsync(Func<IReadOnlyList<TimeSpan>, bool> isEnough, CancellationToken cancellation)
    {
        var watcher = new Watcher(isEnough);
        lock (_gate)
        {
            if (isEnough(DueTimes())) return;
            _watchers.Add(watcher);
        }

        try
        {
            await watcher.Satisfied.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The timer that the test waits for was not armed; armed are those due in [{string.Join(", ", ArmedTimers)}].");
        }
        finally
        {
            lock (_gate) _watchers.Remove(watcher);
        }
    }

    private List<TimeSpan> DueTimes() => [.. _armed.Select(timer => timer.DueAt - _now).Order()];

    private FakeTimer? TakeNextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _armed.MinBy(timer => timer.DueAt);
            if (next is null || next.DueAt > end)
            {
                _now = end;
                return null;
            }

            _now = next.DueAt;
            if (next.Period > TimeSpan.Zero) next.DueAt += next.Period;
            else _armed.Remove(next);
            return next;
        }
    }

    private bool Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.IsDisposed) return false;
            _armed.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            timer.DueAt = _now + dueTime;
            timer.Period = period;
            _armed.Add(timer);
            var armed = DueTimes();
            foreach (var watcher in _watchers.Where(watcher => watcher.IsEnough(armed))) watcher.Satisfied.TrySetResult();
            return true;
        }
    }

    private void Disarm(FakeTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed record Watcher(Func<IReadOnlyList<TimeSpan>, bool> IsEnough)
    {
        public TaskCompletionSource Satisfied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class FakeTimer(FakeTime time, Action callback) : ITimer
    {
        public Action Callback { get; } = callback;

        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Period { get; set; }

        public bool IsDisposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => time.Arm(this, dueTime, period);

        public void Dispose() => time.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
