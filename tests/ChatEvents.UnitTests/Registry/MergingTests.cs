using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

public sealed class MergingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_two_changes_of_a_room_the_later_counts_whichever_comes_first()
    {
        var opened = Merging.RowFrom(Opened("blue"));
        var left = Merging.RowFrom(Changed("blue", isIn: false, after: 1));
        var back = Merging.RowFrom(Changed("blue", isIn: true, after: 2));

        Assert.True(opened.MergedWith(left).MergedWith(back).IsIn("blue"));
        Assert.True(back.MergedWith(left).MergedWith(opened).IsIn("blue"));
        Assert.False(left.MergedWith(opened).IsIn("blue"));
    }

    [Fact]
    public void Of_a_join_and_a_leave_in_one_millisecond_the_leave_counts()
    {
        var joined = Merging.RowFrom(Changed("blue", isIn: true, after: 1));
        var left = Merging.RowFrom(Changed("blue", isIn: false, after: 1));

        Assert.False(joined.MergedWith(left).IsIn("blue"));
        Assert.False(left.MergedWith(joined).IsIn("blue"));
    }

    [Fact]
    public void Of_changes_in_one_millisecond_the_one_with_the_largest_order_counts_however_they_arrive()
    {
        ConnectionRow[] changes =
        [
            Merging.RowFrom(Changed("blue", isIn: true, after: 1) with { Order = 7 }),
            Merging.RowFrom(Changed("blue", isIn: false, after: 1) with { Order = 8 }),
            Merging.RowFrom(Changed("blue", isIn: true, after: 1) with { Order = 9 }),
        ];
        int[][] arrivals = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [2, 1, 0, 1, 0, 1]];

        Assert.All(arrivals, arrival => Assert.True(
            arrival.Select(i => changes[i]).Aggregate((row, next) => row.MergedWith(next)).IsIn("blue")));
    }

    [Fact]
    public void A_later_millisecond_counts_more_than_any_order()
    {
        var left = Merging.RowFrom(Changed("blue", isIn: false, after: 1) with { Order = long.MaxValue });
        var joined = Merging.RowFrom(Changed("blue", isIn: true, after: 2));

        Assert.True(left.MergedWith(joined).IsIn("blue"));
        Assert.True(joined.MergedWith(left).IsIn("blue"));
    }

    [Fact]
    public void A_leave_in_the_millisecond_of_a_join_is_no_refusal_of_it()
    {
        var join = Changed("blue", isIn: true, after: 1) with { Order = 7 };
        var leave = Changed("blue", isIn: false, after: 1) with { Order = 8 };

        Assert.False(Merging.RowFrom(join).MergedWith(Merging.RowFrom(leave)).HasRefused(join));
        Assert.False(Merging.RowFrom(leave).MergedWith(Merging.RowFrom(join)).HasRefused(join));
    }

    [Fact]
    public void News_that_add_nothing_leave_the_very_same_row()
    {
        var row = Merging.RowFrom(Opened("blue")).MergedWith(Merging.RowFrom(Changed("red", isIn: true, after: 1)));

        Assert.Same(row, row.MergedWith(Merging.RowFrom(Opened("blue"))));
    }

    [Fact]
    public void What_a_client_speaks_is_known_when_one_event_knows_it_whichever_comes_first()
    {
        var opened = Merging.RowFrom(Opened("blue") with { Dialect = Dialect.Json, Guest = "guest-3fk2a9" });
        var joined = Merging.RowFrom(Changed("red", isIn: true, after: 1));

        foreach (var row in (ConnectionRow[])[opened.MergedWith(joined), joined.MergedWith(opened)])
        {
            Assert.Equal((Dialect.Json, "guest-3fk2a9"), (row.Dialect, row.Guest));
            Assert.True(row.IsIn("blue") && row.IsIn("red"));
            Assert.Same(row, row.MergedWith(joined).MergedWith(opened));
        }
    }

    [Theory]
    [InlineData(Dialect.Json, Dialect.Plain, Dialect.Json)]
    [InlineData(Dialect.Plain, Dialect.Json, Dialect.Json)]
    [InlineData(Dialect.Plain, Dialect.Plain, Dialect.Plain)]
    public void One_event_may_know_the_name_of_a_guest_and_the_other_what_its_client_speaks(Dialect named, Dialect nameless, Dialect speaks)
    {
        var first = Merging.RowFrom(Opened() with { Guest = "guest-3fk2a9", Dialect = named });
        var second = Merging.RowFrom(Opened() with { Dialect = nameless });

        foreach (var row in (ConnectionRow[])[first.MergedWith(second), second.MergedWith(first)])
            Assert.Equal((speaks, "guest-3fk2a9"), (row.Dialect, row.Guest));
    }

    [Theory]
    [InlineData("everyone")]
    [InlineData("no room")]
    public void A_room_that_cannot_be_joined_has_no_place_in_a_row(string room)
    {
        Assert.Empty(Merging.RowFrom(Opened(room)).Rooms);
        Assert.Empty(Merging.RowFrom(Changed(room, isIn: true, after: 1)).Rooms);
    }

    [Fact]
    public void A_guest_does_not_become_another_one()
    {
        var row = Merging.RowFrom(Opened() with { Guest = "guest-3fk2a9" });

        Assert.Same(row, row.MergedWith(Merging.RowFrom(Changed("red", isIn: true, after: 1) with { Guest = "guest-vj7oo2" })));
    }

    [Fact]
    public void Nobody_leaves_the_room_of_everyone()
    {
        var row = Merging.RowFrom(Opened()).MergedWith(Merging.RowFrom(Changed("everyone", isIn: false, after: 1)));

        Assert.Equal(["everyone"], row.JoinedRooms);
    }

    [Fact]
    public void A_join_beyond_the_limit_is_refused_for_good_and_a_later_one_is_not()
    {
        var full = Enumerable.Range(1, Room.MaxPerConnection)
            .Aggregate(Merging.RowFrom(Opened()), (row, i) => row.MergedWith(Merging.RowFrom(Changed($"room-{i}", isIn: true, after: i))));
        var beyond = Changed("blue", isIn: true, after: 50);

        var refused = full.MergedWith(Merging.RowFrom(beyond));
        Assert.False(refused.IsIn("blue"));
        Assert.True(refused.HasRefused(beyond));

        var withPlace = refused.MergedWith(Merging.RowFrom(Changed("room-1", isIn: false, after: 51)));
        Assert.Same(withPlace, withPlace.MergedWith(Merging.RowFrom(beyond)));
        var again = Changed("blue", isIn: true, after: 52);
        Assert.True(withPlace.MergedWith(Merging.RowFrom(again)).IsIn("blue"));
        Assert.False(withPlace.MergedWith(Merging.RowFrom(again)).HasRefused(again));
    }

    [Fact]
    public void Who_is_in_as_many_rooms_as_it_may_be_can_join_one_of_them_again()
    {
        var full = Enumerable.Range(1, Room.MaxPerConnection)
            .Aggregate(Merging.RowFrom(Opened()), (row, i) => row.MergedWith(Merging.RowFrom(Changed($"room-{i}", isIn: true, after: i))));

        Assert.True(full.MergedWith(Merging.RowFrom(Changed("room-7", isIn: true, after: 50))).IsIn("room-7"));
    }

    [Fact]
    public void Rooms_named_at_connect_are_taken_whatever_was_joined_before_the_opening_arrived()
    {
        var named = Enumerable.Range(1, Room.MaxPerConnection).Select(i => $"room-{i}").ToArray();
        var early = Merging.RowFrom(Changed("blue", isIn: true, after: 1));

        Assert.Equal(["everyone", "blue", .. named.Order(StringComparer.Ordinal)], early.MergedWith(Merging.RowFrom(Opened(named))).JoinedRooms);
    }

    [Fact]
    public void The_oldest_leaves_are_forgotten_and_what_they_may_have_undone_stays_undone()
    {
        var row = Merging.RowFrom(Opened());
        for (var i = 0; i <= Room.MaxLeftMarks; i++)
        {
            row = row.MergedWith(Merging.RowFrom(Changed($"room-{i}", isIn: true, after: (2 * i) + 1)));
            row = row.MergedWith(Merging.RowFrom(Changed($"room-{i}", isIn: false, after: (2 * i) + 2)));
        }

        Assert.Equal(Room.MaxLeftMarks, row.Rooms.Count);
        Assert.Equal(Noon + TimeSpan.FromMilliseconds(2), row.ForgottenUntil);
        Assert.Same(row, row.MergedWith(Merging.RowFrom(Changed("room-0", isIn: true, after: 1))));
        Assert.Same(row, row.MergedWith(Merging.RowFrom(Changed("room-0", isIn: true, after: 2))));
        Assert.Same(row, row.MergedWith(Merging.RowFrom(Changed("room-1", isIn: true, after: 3))));
        Assert.True(row.MergedWith(Merging.RowFrom(Changed("room-0", isIn: true, after: 3))).IsIn("room-0"));
    }

    [Fact]
    public void Of_two_events_that_differ_in_rights_what_both_allow_counts_whichever_comes_first()
    {
        var random = new Random(13);
        string[] patterns = ["*", "blue", "b*", "red", "team-*", "team-a"];
        string[] rooms = ["blue", "red", "team-a", "team-b", "green"];
        IReadOnlyList<string>? Rights() => random.Next(4) == 0 ? null : [.. patterns.Where(_ => random.Next(2) == 0)];

        for (var i = 0; i < 2_000; i++)
        {
            var opened = Merging.RowFrom(Opened([.. rooms.Where(_ => random.Next(3) == 0)]) with { MayJoin = Rights() });
            var joined = Merging.RowFrom(Changed(rooms[random.Next(rooms.Length)], isIn: true, after: 1) with { MayJoin = Rights() });
            var left = Merging.RowFrom(Changed(rooms[random.Next(rooms.Length)], isIn: false, after: 2) with { MayJoin = Rights() });
            var all = new[] { opened, joined, left };

            var orders = Permutations(all).Select(order => order.Skip(1).Aggregate(order[0], (row, news) => row.MergedWith(news))).ToList();

            Assert.Single(orders.Select(row => string.Join(' ', row.JoinedRooms)).Distinct(StringComparer.Ordinal));
            foreach (var row in orders)
            {
                Assert.All(row.JoinedRooms.Skip(1), room => Assert.All(all, news => Assert.True(news.MayBeIn(room))));
                Assert.Same(row, all.Aggregate(row, (merged, news) => merged.MergedWith(news)));
            }
        }

        static IEnumerable<ConnectionRow[]> Permutations(ConnectionRow[] rows) => rows.Length == 1
            ? [rows]
            : rows.SelectMany((row, i) => Permutations([.. rows[..i], .. rows[(i + 1)..]]).Select(rest => (ConnectionRow[])[row, .. rest]));
    }

    [Fact]
    public void The_earlier_end_of_a_token_counts()
    {
        ConnectionRow Row(int? hours) => Merging.RowFrom(Opened() with { TokenExpiresAt = hours is { } h ? Noon.AddHours(h) : null });

        Assert.Equal(Noon.AddHours(1), Row(1).MergedWith(Row(2)).TokenExpiresAt);
        Assert.Equal(Noon.AddHours(1), Row(2).MergedWith(Row(1)).TokenExpiresAt);
        Assert.Equal(Noon.AddHours(1), Row(null).MergedWith(Row(1)).TokenExpiresAt);
        Assert.Equal(Noon.AddHours(1), Row(1).MergedWith(Row(null)).TokenExpiresAt);
        Assert.Null(Row(null).MergedWith(Row(null)).TokenExpiresAt);
    }

    [Fact]
    public void A_role_counts_when_all_events_of_a_connection_say_it()
    {
        ConnectionRow Row(string? role) => Merging.RowFrom(Opened() with { Role = role });

        Assert.Equal(Roles.Moderator, Row(Roles.Moderator).MergedWith(Row(Roles.Moderator)).Role);
        Assert.Null(Row(Roles.Moderator).MergedWith(Row(null)).Role);
        Assert.Null(Row(null).MergedWith(Row(Roles.Moderator)).Role);
        Assert.Null(Row(Roles.Moderator).MergedWith(Merging.RowFrom(Changed("blue", isIn: true, after: 1))).Role);
        Assert.Equal(
            Roles.Moderator,
            Row(Roles.Moderator).MergedWith(Merging.RowFrom(Changed("blue", isIn: true, after: 1) with { Role = Roles.Moderator })).Role);
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
