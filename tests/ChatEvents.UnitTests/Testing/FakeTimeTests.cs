using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Testing;

public sealed class FakeTimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTime _time = new();

    [Fact(Timeout = 30_000)]
    public async Task A_delay_ends_when_the_clock_reaches_it_and_not_before()
    {
        var delay = Task.Delay(10 * Second, _time, TestContext.Current.CancellationToken);

        _time.Advance(9 * Second);
        Assert.False(delay.IsCompleted);

        _time.Advance(Second);
        await delay;
    }

    [Fact(Timeout = 30_000)]
    public async Task A_test_waits_for_the_timer_before_it_advances()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var armedLater = Task.Run(() => Task.Delay(3 * Second, _time, cancellation), cancellation);

        await _time.AdvanceToTimerAsync(3 * Second, cancellation);

        await armedLater;
    }

    [Fact]
    public void Timers_fire_in_order_each_at_its_own_instant()
    {
        var start = _time.GetUtcNow();
        var seen = new List<(string Name, TimeSpan At)>();
        using var late = _time.CreateTimer(_ => seen.Add(("late", _time.GetUtcNow() - start)), null, 5 * Second, Timeout.InfiniteTimeSpan);
        using var each = _time.CreateTimer(_ => seen.Add(("each", _time.GetUtcNow() - start)), null, 2 * Second, 2 * Second);

        _time.Advance(6 * Second);

        Assert.Equal([("each", 2 * Second), ("each", 4 * Second), ("late", 5 * Second), ("each", 6 * Second)], seen);
    }

    [Fact]
    public void A_cancellation_source_follows_the_fake_clock()
    {
        using var source = new CancellationTokenSource(Second, _time);
        Assert.Equal([Second], _time.ArmedTimers);

        _time.Advance(Second);

        Assert.True(source.IsCancellationRequested);
        Assert.Empty(_time.ArmedTimers);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_timer_that_is_never_armed_is_named_in_the_failure()
    {
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var armed = _time.CreateTimer(_ => { }, null, 7 * Second, Timeout.InfiniteTimeSpan);
        var waiting = _time.TimerAsync(Second, impatient.Token);

        await impatient.CancelAsync();

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        Assert.Contains("[00:00:07]", failure.Message, StringComparison.Ordinal);
    }
}
