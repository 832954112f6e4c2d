using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class IdLimitTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_id_has_1_to_128_characters(int length, bool isValid)
    {
        Assert.Equal(isValid, Identifier.IsValid(new string('x', length)));
        Assert.Equal(isValid, UserId.IsValid(new string('x', length)));
    }

    [Fact]
    public void What_is_missing_is_no_id() => Assert.False(Identifier.IsValid(null));

    [Theory]
    [InlineData(63, false)]
    [InlineData(64, true)]
    public void The_room_of_a_user_is_a_hash_when_its_name_would_be_too_long(int length, bool isHash)
    {
        var room = UserId.RoomOf(new string('x', length));

        Assert.Equal(isHash, room.StartsWith("@=", StringComparison.Ordinal));
        Assert.InRange(room.Length, 1, Room.MaxNameLength);
    }
}
