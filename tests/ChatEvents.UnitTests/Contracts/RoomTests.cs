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

    [Theory]
    [InlineData("everyone", true)]
    [InlineData("@ada", true)]
    [InlineData("@auth0%7C17", true)]
    [InlineData("@=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", true)]
    [InlineData("@", false)]
    [InlineData("", false)]
    [InlineData("@a b", false)]
    [InlineData("@ada#07", false)]
    [InlineData("ada@", false)]
    [InlineData("@@ada", false)]
    public void An_address_is_a_room_or_that_of_a_user(string name, bool isAddress) => Assert.Equal(isAddress, Room.IsAddress(name));

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Assert.True(Room.IsName(new string('x', 64)));
        Assert.False(Room.IsName(new string('x', 65)));
    }
}
