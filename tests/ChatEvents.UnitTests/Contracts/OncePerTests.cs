using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Contracts;

public sealed class OncePerTests
{
    private const int MaxTold = 1_000;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly FakeTime _time = new();

    [Fact]
    public void The_same_is_news_again_when_the_period_is_over()
    {
        var once = new OncePer(Period, _time);

        Assert.True(once.IsNews("a"));
        Assert.False(once.IsNews("a"));
        Assert.True(once.IsNews("b"));
        _time.Advance(Period - TimeSpan.FromTicks(1));
        Assert.False(once.IsNews("a"));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(once.IsNews("a"));
        Assert.False(once.IsNews("a"));
    }

    [Fact]
    public void Asking_does_not_make_the_period_longer()
    {
        var once = new OncePer(Period, _time);
        once.IsNews("a");
        _time.Advance(Period / 2);
        once.IsNews("a");
        _time.Advance(Period / 2);

        Assert.True(once.IsNews("a"));
    }

    [Fact]
    public void Beyond_what_is_remembered_nothing_is_news_until_a_period_is_over()
    {
        var once = new OncePer(Period, _time);
        for (var number = 0; number < MaxTold; number++) Assert.True(once.IsNews($"{number}"));

        Assert.False(once.IsNews("one more"));
        Assert.False(once.IsNews("0"));
        _time.Advance(Period);
        Assert.True(once.IsNews("one more"));
        Assert.False(once.IsNews("one more"));
        Assert.True(once.IsNews("0"));
    }

    [Fact]
    public void What_is_still_within_its_period_is_not_forgotten_for_something_new()
    {
        var once = new OncePer(Period, _time);
        once.IsNews("old");
        _time.Advance(Period / 2);
        for (var number = 1; number < MaxTold; number++) once.IsNews($"{number}");
        _time.Advance(Period / 2);

        Assert.True(once.IsNews("new"));
        Assert.False(once.IsNews("1"));
        Assert.False(once.IsNews("old")); // its place was taken
    }
}
