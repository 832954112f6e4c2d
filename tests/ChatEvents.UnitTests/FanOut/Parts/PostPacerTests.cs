using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class PostPacerTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly PostRate _rate;
    private readonly PostPacer _pacer;

    public PostPacerTests()
    {
        _rate = new PostRate(Options.Create(new FanOutOptions { PostsPerSecond = 100 }), _time);
        _pacer = new PostPacer(_rate, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _pacer.Dispose();

    [Fact]
    public void Who_waits_is_counted()
    {
        Assert.Equal(0, _pacer.Waiting);
        Take(5); // 100 a second are two in 20 ms
        Assert.Equal(3, _pacer.Waiting);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(2, _pacer.Waiting);
    }

    [Fact]
    public void No_more_turns_are_saved_up_than_a_burst()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([true, true, false], Take(3).Select(turn => turn.IsCompleted));
    }

    [Fact]
    public void Nobody_overtakes_one_that_waits()
    {
        Take(2);
        var first = Take(1)[0];
        _time.Advance(TimeSpan.FromMilliseconds(5));
        var second = Take(1)[0];

        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.True(second.IsCompleted);
    }

    [Fact]
    public void A_turn_that_is_half_saved_up_is_waited_for_half_as_long()
    {
        Take(2);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        var turn = Take(1)[0];

        Assert.False(turn.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(6));
        Assert.True(turn.IsCompleted);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_that_is_abandoned_takes_no_turn()
    {
        Take(2);
        using var abandoning = new CancellationTokenSource();
        var abandoned = _pacer.TakeAsync(abandoning.Token).AsTask();
        var next = Take(1)[0];

        await abandoning.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned.WaitAsync(TestContext.Current.CancellationToken));
        _time.Advance(TimeSpan.FromMilliseconds(10));

        Assert.True(next.IsCompleted);
    }

    [Fact]
    public void A_pause_of_the_account_is_kept_to_its_end()
    {
        _rate.CountRefused(TimeSpan.FromSeconds(1));
        _rate.CountRefused(TimeSpan.FromSeconds(3));
        _rate.CountRefused(TimeSpan.FromSeconds(2));
        _time.Advance(PostRate.Window);
        Take(1);

        var waiting = Take(1)[0];
        _time.Advance(TimeSpan.FromSeconds(2.99));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.3)); // two turns at the slowest rate
        Assert.True(waiting.IsCompleted);
    }

    private List<Task> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _pacer.TakeAsync(Cancellation).AsTask())];
}
