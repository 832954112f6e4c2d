using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class TokenBucketsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_burst_is_taken_at_once_and_no_more()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 3, maxKeys: 10);

        Assert.Equal([true, true, true, false, false], Take(buckets, 5, Start));
    }

    [Fact]
    public void Tokens_come_back_at_their_rate_and_never_more_than_a_burst()
    {
        var buckets = new TokenBuckets(perSecond: 2, burst: 3, maxKeys: 10);
        Take(buckets, 3, Start);

        Assert.Equal([true, true, false], Take(buckets, 3, Start.AddSeconds(1)));
        Assert.Equal([true, false], Take(buckets, 2, Start.AddSeconds(1.5)));
        Assert.Equal([true, true, true, false], Take(buckets, 4, Start.AddHours(1)));
    }

    [Fact]
    public void What_is_refused_takes_no_token()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, maxKeys: 10);
        Take(buckets, 1, Start);
        Take(buckets, 50, Start.AddSeconds(0.5));

        Assert.Equal([true, false], Take(buckets, 2, Start.AddSeconds(1)));
    }

    [Fact]
    public void An_event_that_arrives_late_gives_no_token_back_and_takes_none_from_the_future()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 2, maxKeys: 10);
        Take(buckets, 1, Start.AddSeconds(10));

        Assert.Equal([true, false], Take(buckets, 2, Start));
        Assert.Equal([true, false], Take(buckets, 2, Start.AddSeconds(11)));
    }

    [Fact]
    public void Everybody_has_tokens_of_their_own()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, maxKeys: 10);
        Take(buckets, 1, Start);

        Assert.True(buckets.TryTake("bob", Start));
        Assert.False(buckets.TryTake("ada", Start));
    }

    [Fact]
    public void When_too_many_are_remembered_those_with_all_their_tokens_are_forgotten_first()
    {
        var buckets = new TokenBuckets(perSecond: 2, burst: 2, maxKeys: 2);
        buckets.TryTake("full", Start); // has all its tokens again at 1 s
        buckets.TryTake("ada", Start.AddSeconds(0.75));

        Assert.True(buckets.TryTake("new", Start.AddSeconds(1)));
        Assert.Equal([true, false], Take(buckets, 2, Start.AddSeconds(1)));
    }

    [Fact]
    public void When_nobody_can_be_forgotten_everybody_is()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, maxKeys: 2);
        buckets.TryTake("ada", Start);
        buckets.TryTake("bob", Start);
        Assert.False(buckets.TryTake("ada", Start)); // known still: two are not too many

        buckets.TryTake("new", Start);

        Assert.True(buckets.TryTake("ada", Start));
        Assert.False(buckets.TryTake("new", Start));
    }

    private static List<bool> Take(TokenBuckets buckets, int times, DateTimeOffset at) =>
        [.. Enumerable.Range(0, times).Select(_ => buckets.TryTake("ada", at))];
}
