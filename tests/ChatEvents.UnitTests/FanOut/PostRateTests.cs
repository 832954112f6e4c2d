using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut;

public sealed class PostRateTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Posts_below_the_budget_do_not_wait()
    {
        var rate = CreateRate(1_000);
        for (var i = 0; i < 2_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(rate.TakeAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
        }
    }

    [Fact]
    public void Posts_above_the_budget_wait_for_their_turn_in_order()
    {
        var rate = CreateRate(100);
        var takes = Enumerable.Range(0, 12).Select(_ => rate.TakeAsync(TestContext.Current.CancellationToken).AsTask()).ToList();

        Assert.Equal(2, takes.Count(take => take.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.All(takes.Take(7), take => Assert.True(take.IsCompleted));
        Assert.All(takes.Skip(7), take => Assert.False(take.IsCompleted));
    }

    [Fact]
    public void Refusals_bring_the_rate_below_what_got_through_and_time_brings_it_back()
    {
        var rate = CreateRate(10_000);
        for (var i = 0; i < 1_500; i++) _ = rate.TakeAsync(TestContext.Current.CancellationToken).AsTask(); // more than may be posted
        Work(rate, PostRate.Window, accepted: 50, refused: 20);
        Assert.Equal(450, rate.Current, tolerance: 1); // nine tenths of 50 in 100 ms
        Assert.True(rate.IsHeldBack);

        Work(rate, PostRate.Window, accepted: 45, refused: 0);
        Assert.Equal(470, rate.Current, tolerance: 1);

        for (var window = 0; window < 500; window++) Work(rate, PostRate.Window, accepted: 1, refused: 0);
        Assert.Equal(10_000, rate.Current);
        Assert.False(rate.IsHeldBack);
    }

    [Fact]
    public void Refusals_where_nobody_waited_may_be_those_of_slow_readers_and_are_soon_forgotten()
    {
        var rate = CreateRate(10_000);
        Work(rate, PostRate.Window, accepted: 8, refused: 0);
        Work(rate, TimeSpan.FromSeconds(3), accepted: 8, refused: 2); // then the room was quiet
        Assert.Equal(100, rate.Current, tolerance: 1);

        var windows = 0;
        for (; rate.Current < 10_000; windows++) Work(rate, PostRate.Window, accepted: 1, refused: 0);
        Assert.Equal(7, windows);
    }

    [Fact]
    public void A_second_suspicion_is_forgotten_as_soon_as_the_first()
    {
        var rate = CreateRate(10_000);
        Work(rate, PostRate.Window, accepted: 8, refused: 2);
        Work(rate, PostRate.Window, accepted: 8, refused: 0);
        Work(rate, PostRate.Window, accepted: 8, refused: 2);
        Assert.Equal(100, rate.Current, tolerance: 1);

        for (var window = 0; window < 7; window++) Work(rate, PostRate.Window, accepted: 1, refused: 0);
        Assert.Equal(10_000, rate.Current);
    }

    [Fact]
    public void While_Retry_After_holds_posts_back_the_rate_does_not_rise()
    {
        var rate = CreateRate(10_000);
        rate.CountRefused(retryAfter: TimeSpan.FromSeconds(2));
        Work(rate, PostRate.Window, accepted: 50, refused: 1);
        var fallen = rate.Current;

        for (var window = 0; window < 15; window++) Work(rate, PostRate.Window, accepted: 0, refused: 0);
        Assert.Equal(fallen, rate.Current);
    }

    [Fact]
    public void A_suspicion_that_comes_true_is_forgotten_as_slowly_as_any_refusal()
    {
        var rate = CreateRate(10_000);
        Work(rate, PostRate.Window, accepted: 8, refused: 2);
        for (var i = 0; i < 100; i++) _ = rate.TakeAsync(TestContext.Current.CancellationToken).AsTask(); // more than may be posted now
        Work(rate, PostRate.Window, accepted: 8, refused: 2);
        Assert.Equal(72, rate.Current, tolerance: 1);

        Work(rate, PostRate.Window, accepted: 8, refused: 0);
        Assert.Equal(92, rate.Current, tolerance: 1);
    }

    [Fact]
    public void A_single_refusal_is_one_slow_reader_and_slows_nobody()
    {
        var rate = CreateRate(10_000);
        Work(rate, PostRate.Window, accepted: 50, refused: 1);

        Assert.Equal(10_000, rate.Current);
        Assert.False(rate.IsHeldBack);
    }

    [Fact]
    public void Retry_After_of_a_refusing_account_holds_back_every_post()
    {
        var rate = CreateRate(10_000);
        rate.CountRefused(retryAfter: TimeSpan.FromSeconds(2));
        Work(rate, PostRate.Window, accepted: 50, refused: 1);

        var take = rate.TakeAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(take.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(take.IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Workers_that_share_a_quota_use_nearly_all_of_it_and_are_seldom_refused(int workers)
    {
        const int Quota = 2_000;
        var account = new TokenBucket(Quota, Quota);
        var rates = Enumerable.Range(0, workers).Select(_ => CreateRate(10_000)).ToList();
        var waiting = rates.Select(_ => new Queue<Task>()).ToList();
        int accepted = 0, refused = 0;

        for (var millisecond = 0; millisecond < 8_000; millisecond++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            account.Refill(TimeSpan.FromMilliseconds(1));
            for (var worker = 0; worker < workers; worker++)
            {
                while (waiting[worker].Count < 16) waiting[worker].Enqueue(rates[worker].TakeAsync(TestContext.Current.CancellationToken).AsTask());
                while (waiting[worker].TryPeek(out var turn) && turn.IsCompleted)
                {
                    waiting[worker].Dequeue();
                    var isAccepted = account.TryTake();
                    if (isAccepted) rates[worker].CountAccepted();
                    else rates[worker].CountRefused(retryAfter: null);
                    if (millisecond < 2_000) continue; // until then they find out
                    if (isAccepted) accepted++;
                    else refused++;
                }
            }
        }

        Assert.True(accepted >= 0.95 * Quota * 6, $"{accepted} of {Quota * 6} posts were used");
        Assert.True(refused < 0.05 * accepted, $"{refused} of {accepted + refused} posts were refused");
    }

    private void Work(Paced rate, TimeSpan time, int accepted, int refused)
    {
        for (var i = 0; i < accepted; i++) rate.CountAccepted();
        for (var i = 0; i < refused; i++) rate.CountRefused(retryAfter: null);
        _time.Advance(time);
        _ = rate.TakeAsync(TestContext.Current.CancellationToken).AsTask();
    }

    private Paced CreateRate(int budget) => new(budget, _time);

    /// <summary>A rate and the pacer that keeps it.</summary>
    private sealed class Paced : IDisposable
    {
        private readonly PostRate _rate;
        private readonly PostPacer _pacer;

        public Paced(int budget, TimeProvider time)
        {
            _rate = new PostRate(Options.Create(new FanOutOptions { PostsPerSecond = budget }), time);
            _pacer = new PostPacer(_rate, time);
        }

        public double Current => _rate.Current;

        public bool IsHeldBack => _rate.IsHeldBack;

        public ValueTask TakeAsync(CancellationToken abandoning) => _pacer.TakeAsync(abandoning);

        public void Dispose() => _pacer.Dispose();

        public void CountAccepted() => _rate.CountAccepted();

        public void CountRefused(TimeSpan? retryAfter) => _rate.CountRefused(retryAfter);
    }

    /// <summary>The account's quota as API Gateway counts it.</summary>
    private sealed class TokenBucket(double perSecond, double burst)
    {
        private double _tokens;

        public void Refill(TimeSpan time) => _tokens = Math.Min(burst, _tokens + (perSecond * time.TotalSeconds));

        public bool TryTake()
        {
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
