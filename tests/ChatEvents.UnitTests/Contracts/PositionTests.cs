using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class PositionTests
{
    private const string Ticks = "0639301377612420000";

    [Theory]
    [InlineData($"{Ticks}#m", true)]
    [InlineData($"{Ticks}#Qv7mVtfGIAMCJw8=", true)]
    [InlineData($"{Ticks}#", false)]
    [InlineData($"{Ticks}-m", false)]
    [InlineData($"{Ticks}#m#n", false)]
    [InlineData($"{Ticks}#a b", false)]
    [InlineData("063930137761242000x#m", false)]
    [InlineData("x639301377612420000#m", false)]
    [InlineData("639301377612420000#m", false)]
    [InlineData("m", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_old_position_is_a_time_and_a_message_id(string? text, bool isPosition) => Assert.Equal(isPosition, RecentMessages.IsOldPosition(text));

    [Fact]
    public void Its_message_id_has_at_most_128_characters()
    {
        Assert.True(RecentMessages.IsPosition($"{Ticks}#{new string('m', 128)}"));
        Assert.False(RecentMessages.IsPosition($"{Ticks}#{new string('m', 129)}"));
    }

    [Fact]
    public void What_a_room_owes_stands_where_no_room_can() => Assert.False(Room.IsAddress(RecentMessages.OwedIn("blue")));

    [Fact]
    public void What_each_room_owes_stands_apart() => Assert.Equal("blue#owed", RecentMessages.OwedIn("blue"));

    [Fact]
    public void The_log_reaches_back_as_far_as_a_connection_can_that_lacks_something() =>
        Assert.Equal(Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin, RecentMessages.Life);
}
