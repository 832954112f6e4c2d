using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class BackoffTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 10)]
    [InlineData(1_000_000, 10)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    public void Pauses_double_up_to_the_longest(int attempt, int seconds) =>
        Assert.Equal(seconds * Second, new Backoff(Second, 10 * Second).After(attempt, () => 1));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.5, 3)]
    [InlineData(1, 4)]
    public void Up_to_half_is_taken_off_at_random(double jitter, int seconds) =>
        Assert.Equal(seconds * Second, new Backoff(Second, 10 * Second).After(3, () => jitter));

    [Fact]
    public void Without_a_longest_they_grow_as_long_as_that_makes_sense_and_never_overflow()
    {
        Assert.Equal(Math.Pow(2, 30) * Second, new Backoff(Second).After(31, () => 1));
        Assert.Equal(Math.Pow(2, 30) * Second, new Backoff(Second).After(int.MaxValue, () => 1));
    }

    [Fact]
    public void Random_numbers_are_from_0_to_1_and_differ()
    {
        var numbers = Enumerable.Range(0, 1_000).Select(_ => Jitter.Next()).ToList();

        Assert.All(numbers, number => Assert.True(number is >= 0 and < 1));
        Assert.InRange(numbers.Average(), 0.4, 0.6);
        Assert.InRange(numbers.Distinct().Count(), 900, 1_000);
    }
}
