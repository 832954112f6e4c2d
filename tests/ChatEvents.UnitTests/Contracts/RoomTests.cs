using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class RoomTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("everyone")]
    [InlineData("Team-7_b.2")]
    public void Letters_digits_and_three_marks_make_a_name(string name) => Assert.True(Room.IsName(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a#1")]
    [InlineData("größe")]
    [InlineData("a\n")]
    public void Anything_else_is_no_name(string? name) => Assert.False(Room.IsName(name));

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Assert.True(Room.IsName(new string('x', 64)));
        Assert.False(Room.IsName(new string('x', 65)));
    }
}
