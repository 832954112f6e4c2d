using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class WalkPositionTests
{
    [Fact]
    public void A_room_begins_at_its_first_shard_and_ends_behind_its_last()
    {
        var room = new WalkScope("blue");

        Assert.Equal(new WalkPosition(0, null), room.Start);
        Assert.Equal(new WalkPosition(16, null), room.End);
        Assert.Equal(WalkPosition.End, room.End);
        Assert.Equal("blue", $"{room}");
    }

    [Fact]
    public void A_shard_begins_at_itself_and_ends_behind_itself()
    {
        var shard = new WalkScope("blue", 7);

        Assert.Equal(new WalkPosition(7, null), shard.Start);
        Assert.Equal(new WalkPosition(8, null), shard.End);
        Assert.Equal("shard 7 of blue", $"{shard}");
    }

    [Fact]
    public void What_lies_behind_a_position_is_not_come_to_again()
    {
        const string Id = "Qv7kLd3mIAMCJw8=";
        var shard = RegistryTables.ShardOf(Id);

        Assert.True(new WalkPosition(shard + 1, null).IsPast(Id));
        Assert.False(new WalkPosition(shard - 1, "zzz").IsPast(Id));
        Assert.False(new WalkPosition(shard, null).IsPast(Id));
        Assert.False(new WalkPosition(shard, "Qv7").IsPast(Id));
        Assert.True(new WalkPosition(shard, Id).IsPast(Id));
        Assert.True(new WalkPosition(shard, "Qv8").IsPast(Id));
    }
}
