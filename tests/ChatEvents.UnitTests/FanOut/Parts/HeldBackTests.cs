using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Parts;

/// <summary>The rate window by window, without a pacer.</summary>
public sealed class HeldBackTests
{
    private readonly FakeTime _time = new();
    private readonly PostRate _rate;

    public HeldBackTests() => _rate = new PostRate(Options.Create(new FanOutOptions { PostsPerSecond = 1_000 }), _time);

    [Fact]
    public void A_window_ends_after_its_time_and_not_before()
    {
        _time.Advance(PostRate.Window - TimeSpan.FromTicks(1));
        Assert.False(End(out _));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(End(out _));
        Assert.False(End(out _));
    }

    [Theory]
    [InlineData(198, true)]
    [InlineData(199, false)]
    public void Two_refusals_mean_the_account_unless_they_are_less_than_a_hundredth(int accepted, bool falls)
    {
        Count(accepted, refused: 2);
        _time.Advance(PostRate.Window);
        End(out var pause);

        Assert.Equal(falls, _rate.IsHeldBack);
        Assert.Equal(falls, pause is not null);
    }

    [Fact]
    public void The_rate_is_held_back_for_five_seconds()
    {
        Fall();
        _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.True(_rate.IsHeldBack);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(_rate.IsHeldBack);
    }

    [Fact]
    public void Refusals_of_one_window_do_not_count_in_the_next()
    {
        Count(accepted: 0, refused: 1);
        _time.Advance(PostRate.Window);
        End(out _);
        Count(accepted: 0, refused: 1);
        _time.Advance(PostRate.Window);
        End(out _);

        Assert.False(_rate.IsHeldBack);
    }

    [Fact]
    public void The_pause_is_the_longest_that_was_asked_for_in_the_window()
    {
        _rate.CountRefused(TimeSpan.FromSeconds(1));
        _rate.CountRefused(TimeSpan.FromSeconds(3));
        _rate.CountRefused(TimeSpan.FromSeconds(2));
        _rate.CountRefused(retryAfter: null);
        _time.Advance(PostRate.Window);
        End(out var pause);
        Assert.Equal(TimeSpan.FromSeconds(3), pause);

        Count(accepted: 0, refused: 2);
        _time.Advance(PostRate.Window);
        End(out pause);
        Assert.Equal(TimeSpan.Zero, pause);
    }

    [Fact]
    public void A_window_without_posts_teaches_nothing()
    {
        Fall();
        var fallen = _rate.Current;
        _time.Advance(PostRate.Window);
        _rate.TryEndWindow(_time.GetTimestamp(), hasPosted: false, hadToWait: false, out _);

        Assert.Equal(fallen, _rate.Current);
    }

    [Fact]
    public void However_much_is_refused_some_posts_are_made()
    {
        for (var window = 0; window < 50; window++) Fall();

        Assert.Equal(10, _rate.Current);
    }

    [Fact(Timeout = 30_000)]
    public async Task Work_is_waited_for_while_the_account_refuses_and_no_longer_than_ten_seconds()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _rate.WaitWhileHeldBackAsync(new TaskCompletionSource().Task, cancellation); // nothing is held back

        Fall();
        await _rate.WaitWhileHeldBackAsync(Task.CompletedTask, cancellation);
        var work = new TaskCompletionSource();
        var waiting = _rate.WaitWhileHeldBackAsync(work.Task, cancellation);
        await _time.AdvanceToTimerAsync(PostRate.Window, cancellation);
        await _time.TimerAsync(PostRate.Window, cancellation);
        Assert.False(waiting.IsCompleted);
        work.SetResult();
        await waiting;

        var begunAt = _time.GetUtcNow();
        waiting = _rate.WaitWhileHeldBackAsync(new TaskCompletionSource().Task, cancellation);
        while (!waiting.IsCompleted)
        {
            if (_time.ArmedTimers.Count > 0)
            {
                _time.Advance(PostRate.Window);
                Fall();
            }

            await Task.Yield();
        }

        Assert.InRange(_time.GetUtcNow() - begunAt, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(12));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_walk_that_is_abandoned_waits_no_longer()
    {
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Fall();
        var waiting = _rate.WaitWhileHeldBackAsync(new TaskCompletionSource().Task, abandoning.Token);

        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact(Timeout = 30_000)]
    public async Task Work_that_fails_ends_the_wait_without_its_failure()
    {
        Fall();

        await _rate.WaitWhileHeldBackAsync(Task.FromException(new InvalidOperationException()), TestContext.Current.CancellationToken);
    }

    private void Fall()
    {
        Count(accepted: 0, refused: 10);
        _time.Advance(PostRate.Window);
        _rate.TryEndWindow(_time.GetTimestamp(), hasPosted: true, hadToWait: true, out _);
    }

    private void Count(int accepted, int refused)
    {
        for (var number = 0; number < accepted; number++) _rate.CountAccepted();
        for (var number = 0; number < refused; number++) _rate.CountRefused(retryAfter: null);
    }

    private bool End(out TimeSpan? pause) => _rate.TryEndWindow(_time.GetTimestamp(), hasPosted: true, hadToWait: true, out pause);
}
