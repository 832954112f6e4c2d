using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class RoomRightsTests
{
    [Theory]
    [InlineData("blue", "blue", true)]
    [InlineData("blue", "Blue", false)]
    [InlineData("blue", "blues", false)]
    [InlineData("team-*", "team-a", true)]
    [InlineData("team-*", "team-", true)]
    [InlineData("team-*", "team", false)]
    [InlineData("team-*", "x-team-a", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*", "@ada", true)]
    [InlineData("@*", "@ada", true)]
    [InlineData("@*", "ada", false)]
    [InlineData("@auth0|*", "@auth0|17", true)]
    [InlineData("te*m", "team", false)]
    [InlineData("", "", true)]
    public void A_star_at_the_end_stands_for_any_rest(string pattern, string name, bool allows) =>
        Assert.Equal(allows, new RoomRights([pattern]).Allow(name));

    [Fact]
    public void No_pattern_allows_nothing()
    {
        Assert.False(RoomRights.None.Allow("blue"));
        Assert.True(RoomRights.All.IsAll);
        Assert.False(RoomRights.None.IsAll);
    }

    [Theory]
    [InlineData("*", "blue", "blue")]
    [InlineData("team-*", "team-a,red", "team-a")]
    [InlineData("team-*", "te*", "team-*")]
    [InlineData("blue,red", "red,green", "red")]
    [InlineData("blue", "red", "")]
    [InlineData("", "*", "")]
    public void Two_rights_together_allow_what_both_allow(string one, string other, string both)
    {
        Assert.Equal(both, Text(Rights(one).And(Rights(other))));
        Assert.Equal(both, Text(Rights(other).And(Rights(one))));
    }

    [Fact]
    public void Taken_together_they_never_allow_more_than_each()
    {
        var random = new Random(13);
        string Name(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'c')));
        RoomRights Any() => new([.. Enumerable.Range(0, random.Next(3)).Select(_ => Name(random.Next(3)) + (random.Next(2) == 0 ? "*" : ""))]);

        for (var i = 0; i < 2_000; i++)
        {
            var (one, other, name) = (Any(), Any(), Name(random.Next(4)));

            Assert.Equal(one.Allow(name) && other.Allow(name), one.And(other).Allow(name));
        }
    }

    private static RoomRights Rights(string patterns) => new(patterns.Split(',', StringSplitOptions.RemoveEmptyEntries));

    private static string Text(RoomRights rights) => string.Join(',', rights.Patterns.Order(StringComparer.Ordinal));
}
