using ChatEvents.ConnectionRegistry;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

public sealed class ConnectionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_two_changes_of_a_room_the_later_counts_whichever_comes_first()
    {
        var opened = Connection.From(Opened("blue"));
        var left = Connection.From(Changed("blue", isIn: false, after: 1));
        var back = Connection.From(Changed("blue", isIn: true, after: 2));

        Assert.True(opened.MergedWith(left).MergedWith(back).IsIn("blue"));
        Assert.True(back.MergedWith(left).MergedWith(opened).IsIn("blue"));
        Assert.False(left.MergedWith(opened).IsIn("blue"));
    }

    [Fact]
    public void Of_a_join_and_a_leave_in_one_millisecond_the_leave_counts()
    {
        var joined = Connection.From(Changed("blue", isIn: true, after: 1));
        var left = Connection.From(Changed("blue", isIn: false, after: 1));

        Assert.False(joined.MergedWith(left).IsIn("blue"));
        Assert.False(left.MergedWith(joined).IsIn("blue"));
    }

    [Fact]
    public void News_that_add_nothing_leave_the_very_same_row()
    {
        var row = Connection.From(Opened("blue")).MergedWith(Connection.From(Changed("red", isIn: true, after: 1)));

        Assert.Same(row, row.MergedWith(Connection.From(Opened("blue"))));
    }

    [Fact]
    public void Nobody_leaves_the_room_of_everyone()
    {
        var row = Connection.From(Opened()).MergedWith(Connection.From(Changed("everyone", isIn: false, after: 1)));

        Assert.Equal(["everyone"], row.JoinedRooms);
    }

    private static ConnectionOpened Opened(params string[] rooms) => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Rooms = rooms,
    };

    private static MembershipChanged Changed(string room, bool isIn, int after) => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Room = room,
        IsIn = isIn,
        ChangedAt = Noon + TimeSpan.FromMilliseconds(after),
    };
}
