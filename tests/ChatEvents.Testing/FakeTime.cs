using Microsoft.Extensions.Time.Testing;

namespace ChatEvents.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Code under test arms its timers in its own time, so a test first waits for the
/// timer (<see cref="TimerAsync(TimeSpan, CancellationToken)"/>) and then advances; advancing first would be a race.
/// </summary>
public sealed class FakeTime : FakeTimeProvider
{
    /// <summary>Later than whatever happens in a test: for a reader that must not find anything to be in the future.</summary>
    public static readonly DateTimeOffset LongAfter = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<WatchedTimer> _armed = [];
    private readonly List<Watcher> _watchers = [];

    public FakeTime()
        : this(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public FakeTime(DateTimeOffset start)
        : base(start)
    {
    }

    /// <summary>How long until each armed timer is due, the next one first.</summary>
    public IReadOnlyList<TimeSpan> ArmedTimers
    {
        get
        {
            lock (_gate) return DueTimes();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock and runs the callbacks of all timers that fall due, in order; also of those that such a callback arms within the
    /// time given. Each runs at its own instant, where <see cref="FakeTimeProvider"/> alone would run all of them at the last.
    /// </summary>
    public new void Advance(TimeSpan time)
    {
        var end = GetUtcNow() + time;
        while (ArmedTimers is [var next, ..] && GetUtcNow() + next <= end) base.Advance(next);
        SetUtcNow(end);
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

    private List<TimeSpan> DueTimes()
    {
        var now = GetUtcNow();
        _armed.RemoveAll(timer => !timer.IsDueAfter(now));
        return [.. _armed.Select(timer => timer.DueAt - now).Order()];
    }

    private void Watch(WatchedTimer timer)
    {
        lock (_gate)
        {
            _armed.Add(timer);
            var armed = DueTimes();
            foreach (var watcher in _watchers.Where(watcher => watcher.IsEnough(armed))) watcher.Satisfied.TrySetResult();
        }
    }

    private void Forget(WatchedTimer timer)
    {
        lock (_gate) _armed.Remove(timer);
    }

    private sealed record Watcher(Func<IReadOnlyList<TimeSpan>, bool> IsEnough)
    {
        public TaskCompletionSource Satisfied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A timer that says when it is due, which those of <see cref="FakeTimeProvider"/> do not.</summary>
    private sealed class WatchedTimer(FakeTime time, ITimer timer) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Forget(this);

            // Armed before it is seen: a test that waits for it advances at once.
            if (!timer.Change(dueTime, period)) return false;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            (DueAt, _period) = (time.GetUtcNow() + dueTime, period);
            time.Watch(this);
            return true;
        }

        public bool IsDueAfter(DateTimeOffset now)
        {
            while (DueAt <= now && _period > TimeSpan.Zero) DueAt += _period;
            return DueAt > now;
        }

        public void Dispose()
        {
            time.Forget(this);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
