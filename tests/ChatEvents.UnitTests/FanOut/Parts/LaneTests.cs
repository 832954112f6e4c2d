using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class LaneTests
{
    private static readonly RoomMessage[] Messages =
        [.. new[] { "a", "bb", "ccc" }.Select(text => BlueMessage.Of($"m-{text}", text))];

    [Fact]
    public void Messages_are_settled_one_by_one_and_each_begins_without_attempts()
    {
        var lane = new Lane(
            new Connection("c=", new CallbackEndpoint("https://ws.example.com/prod"), DateTimeOffset.UnixEpoch), Messages, DateTimeOffset.UnixEpoch);
        Assert.Equal((3, 6L, "m-a"), (lane.Messages, lane.Bytes, lane.Head.Id));
        lane.Attempts = 4;

        lane.SettleHead();

        Assert.Equal((2, 5L, "m-bb", 0), (lane.Messages, lane.Bytes, lane.Head.Id, lane.Attempts));
        Assert.Equal(["m-bb", "m-ccc"], lane.Waiting.Select(message => message.Id));
        lane.SettleHead();
        lane.SettleHead();
        Assert.Equal((0, 0L), (lane.Messages, lane.Bytes));
        Assert.Empty(lane.Waiting);
    }
}
