using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What the registry leaves in its tables; runs in memory here, and on the real protocol in the protocol tests.</summary>
public abstract class RegistrySuite
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTime _time = new(Noon);

    protected abstract IAmazonDynamoDB DynamoDb { get; }

    protected abstract TableNames Tables { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ConnectionRegistry.ConnectionRegistry Registry => new TablesUnderTest(DynamoDb, Tables, _time).Registry;

    [Fact(Timeout = 60_000)]
    public async Task An_opened_connection_has_a_row_with_all_that_is_known_of_it()
    {
        var opened = Opened("Qv7kLd3mIAMCJw8=", "blue", "red") with { User = "user-17", SourceAddress = "203.0.113.7" };

        Assert.Equal(EntryOutcome.Entered, await Registry.OpenAsync(opened, TestContext.Current.CancellationToken));

        var row = Assert.Single(await RowsAsync(Tables.Connections));
        Assert.Equal("Qv7kLd3mIAMCJw8=", row["connectionid"].S);
        Assert.Equal("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod", row["endpoint"].S);
        Assert.Equal("1795262400000", row["connectedat"].N);
        Assert.Equal("1795270500", row["ttl"].N);
        Assert.Equal("user-17", row["user"].S);
        Assert.Equal("203.0.113.7", row["source"].S);
        Assert.Equal(["blue", "red"], row["rooms"].M.Keys.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_is_in_the_room_of_everyone_and_in_those_it_asked_for()
    {
        await Registry.OpenAsync(Opened("a=", "blue", "everyone", "blue"), TestContext.Current.CancellationToken);

        Assert.Equal(["blue", "everyone"], await RoomsOfAsync("a="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_membership_has_all_that_a_post_needs()
    {
        await Registry.OpenAsync(Opened("a=") with { User = "user-17" }, TestContext.Current.CancellationToken);

        var key = RegistryTables.RoomShardOf("everyone", RegistryTables.ShardOf("a="));
        var membership = Assert.Single(await RowsAsync(Tables.Rooms), row => row["roomshard"].S == key);
        Assert.Equal("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod", membership["endpoint"].S);
        Assert.Equal("1795262400000", membership["connectedat"].N);
        Assert.Equal("1795270500", membership["ttl"].N);
        Assert.Equal("user-17", membership["user"].S);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_closed_connection_leaves_nothing_but_a_tombstone()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue"), cancellation);
        await Registry.OpenAsync(Opened("b=", "blue"), cancellation);

        Assert.Equal(CloseOutcome.Closed, await Registry.CloseAsync(Closed("a="), cancellation));

        Assert.Equal("b=", Assert.Single(await RowsAsync(Tables.Connections))["connectionid"].S);
        Assert.Empty(await RoomsOfAsync("a="));
        Assert.Equal(["blue", "everyone"], await RoomsOfAsync("b="));
        Assert.Equal("a=", Assert.Single(await RowsAsync(Tables.Closed))["connectionid"].S);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tombstone_outlives_the_row_that_a_late_opening_could_write()
    {
        var closed = Closed("a=") with { ConnectedAt = Noon };
        await Registry.CloseAsync(closed, TestContext.Current.CancellationToken);

        var tombstone = Assert.Single(await RowsAsync(Tables.Closed));
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(tombstone["ttl"].N));
        Assert.True(expiresAt > ConnectionRow.ExpiryOf(Noon), $"The tombstone goes at {expiresAt}.");
    }

    [Fact(Timeout = 60_000)]
    public async Task An_opening_that_comes_after_the_end_leaves_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(CloseOutcome.WasNotOpen, await Registry.CloseAsync(Closed("a="), cancellation));

        Assert.Equal(EntryOutcome.AlreadyClosed, await Registry.OpenAsync(Opened("a=", "blue"), cancellation));

        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_repeated_opening_does_not_bring_a_closed_connection_back()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue"), cancellation);
        await Registry.CloseAsync(Closed("a="), cancellation);

        Assert.Equal(EntryOutcome.AlreadyClosed, await Registry.OpenAsync(Opened("a=", "blue"), cancellation));

        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task Repeated_events_change_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue"), cancellation);
        var once = await RowsAsync(Tables.Connections);

        Assert.Equal(EntryOutcome.Entered, await Registry.OpenAsync(Opened("a=", "blue"), cancellation));
        Assert.Equal(once.Single()["revision"].N, Assert.Single(await RowsAsync(Tables.Connections))["revision"].N);
        Assert.Equal(["blue", "everyone"], await RoomsOfAsync("a="));

        Assert.Equal(CloseOutcome.Closed, await Registry.CloseAsync(Closed("a="), cancellation));
        Assert.Equal(CloseOutcome.WasNotOpen, await Registry.CloseAsync(Closed("a="), cancellation));
        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_opening_older_than_any_connection_can_be_is_ignored()
    {
        var opened = Opened("a=");
        _time.Advance(Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin);

        Assert.Equal(EntryOutcome.Expired, await Registry.OpenAsync(opened, TestContext.Current.CancellationToken));

        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_a_post_found_gone_is_closed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue"), cancellation);

        var gone = Gone("a=", readRow: Noon, after: Limits.HandshakeGrace);
        Assert.Equal(CloseOutcome.Closed, await Registry.CloseAsync(gone, cancellation));

        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_membership_without_a_row_is_removed_by_the_report_that_found_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue"), cancellation);
        await DynamoDb.DeleteItemAsync(
            new DeleteItemRequest { TableName = Tables.Connections, Key = new() { ["connectionid"] = new("a=") } }, cancellation);

        var gone = Gone("a=", readRow: Noon, after: TimeSpan.FromMinutes(5)) with { FoundInRoom = "blue" };
        Assert.Equal(CloseOutcome.WasNotOpen, await Registry.CloseAsync(gone, cancellation));

        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_newborn_found_gone_stays()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a="), cancellation);

        var gone = Gone("a=", readRow: Noon, after: Limits.HandshakeGrace - TimeSpan.FromMilliseconds(1));
        Assert.Equal(CloseOutcome.IgnoredInHandshake, await Registry.CloseAsync(gone, cancellation));

        Assert.Single(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Closed));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_report_about_another_row_than_the_one_that_was_read_is_void()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a="), cancellation);

        var gone = Gone("a=", readRow: Noon - TimeSpan.FromHours(1), after: TimeSpan.FromHours(1));
        Assert.Equal(CloseOutcome.IgnoredOther, await Registry.CloseAsync(gone, cancellation));

        Assert.Single(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Closed));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_join_beyond_the_limit_is_refused_however_often_it_comes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", [.. Enumerable.Range(1, Room.MaxPerConnection).Select(i => $"room-{i}")]), cancellation);
        var beyond = Joined("a=", "blue", after: TimeSpan.FromSeconds(1));

        Assert.Equal(EntryOutcome.Refused, await Registry.ChangeMembershipAsync(beyond, cancellation));
        Assert.Equal(
            EntryOutcome.Entered,
            await Registry.ChangeMembershipAsync(Joined("a=", "room-1", after: TimeSpan.FromSeconds(2)) with { IsIn = false }, cancellation));
        Assert.Equal(EntryOutcome.Refused, await Registry.ChangeMembershipAsync(beyond, cancellation));
        Assert.DoesNotContain("blue", await RoomsOfAsync("a="));

        Assert.Equal(
            EntryOutcome.Entered, await Registry.ChangeMembershipAsync(Joined("a=", "blue", after: TimeSpan.FromSeconds(3)), cancellation));
        Assert.Contains("blue", await RoomsOfAsync("a="));
        Assert.Equal(Room.MaxPerConnection + 1, (await RoomsOfAsync("a=")).Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_join_has_a_mark_of_its_own_and_every_change_keeps_its_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", [.. Enumerable.Range(1, Room.MaxPerConnection).Select(i => $"room-{i}")]), cancellation);
        var second = TimeSpan.FromSeconds(1);
        await Registry.ChangeMembershipAsync(Joined("a=", "blue", second) with { Order = 7 }, cancellation);
        await Registry.ChangeMembershipAsync(Joined("a=", "room-1", second) with { IsIn = false, Order = 8 }, cancellation);
        await Registry.ChangeMembershipAsync(Joined("a=", "red", 2 * second) with { Order = 9 }, cancellation);

        var row = Assert.Single(await RowsAsync(Tables.Connections));
        Assert.Equal(("blue", "1795262401000"), (row["refused"].M.Single().Key, row["refused"].M.Single().Value.N));
        Assert.Equal(["room-1"], row["left"].M.Keys);
        Assert.Equal("1795262402000", row["rooms"].M["red"].N);
        Assert.Equal(
            [("blue", "7"), ("red", "9"), ("room-1", "8")],
            row["order"].M.Select(order => (order.Key, order.Value.N)).OrderBy(order => order.Key, StringComparer.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_more_joins_at_once_than_there_are_places_just_as_many_are_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a="), cancellation);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, Room.MaxPerConnection + 5).Select(
            i => Registry.ChangeMembershipAsync(Joined("a=", $"room-{i}", after: TimeSpan.FromMilliseconds(i)), cancellation)));

        Assert.Equal(5, outcomes.Count(outcome => outcome == EntryOutcome.Refused));
        Assert.Equal(Room.MaxPerConnection + 1, (await RoomsOfAsync("a=")).Count());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ada", "@ada")]
    [InlineData("auth0|17", "@auth0%7C17")]
    public async Task Every_connection_of_a_user_is_in_the_users_room_until_it_ends(string user, string room)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue") with { User = user, Name = "Ada" }, cancellation);
        await Registry.OpenAsync(Opened("b=") with { User = user }, cancellation);
        await Registry.OpenAsync(Opened("c="), cancellation);

        Assert.Equal([room, "blue", "everyone"], await RoomsOfAsync("a="));
        Assert.Equal([room, "everyone"], await RoomsOfAsync("b="));
        Assert.Equal(["everyone"], await RoomsOfAsync("c="));

        await Registry.CloseAsync(Closed("a="), cancellation);
        await Registry.CloseAsync(Closed("b=") with { User = user }, cancellation);
        await Registry.CloseAsync(Closed("c=") with { User = "somebody else" }, cancellation);
        Assert.Empty(await RowsAsync(Tables.Rooms));
        Assert.Empty(await RowsAsync(Tables.Connections));
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_somebody_is_stands_in_the_row_and_in_every_membership()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var end = Noon + TimeSpan.FromHours(1);
        await Registry.OpenAsync(
            Opened("a=", "blue") with { User = "ada", Name = "Ada", MayJoin = ["blue", "team-*"], TokenExpiresAt = end }, cancellation);
        await Registry.OpenAsync(Opened("g=") with { Guest = "guest-abc234" }, cancellation);

        var row = (await RowsAsync(Tables.Connections)).Single(row => row["connectionid"].S == "a=");
        Assert.Equal(["blue", "team-*"], row["mayjoin"].L.Select(pattern => pattern.S));
        foreach (var item in (await RowsAsync(Tables.Rooms)).Where(item => item["connectionid"].S == "a=").Append(row))
        {
            Assert.Equal(("ada", "Ada"), (item["user"].S, item["name"].S));
            Assert.Equal($"{end.ToUnixTimeMilliseconds()}", item["tokenexpiresat"].N);
        }

        Assert.Equal("guest-abc234", (await RowsAsync(Tables.Rooms)).Single(item => item["connectionid"].S == "g=")["guest"].S);
        var found = await new TablesUnderTest(DynamoDb, Tables, _time).Connections.FindAsync("a=", cancellation);
        Assert.Equal(("ada", "Ada", end), (found!.User, found.Name, found.TokenExpiresAt));
        Assert.Equal(["blue", "team-*"], found.MayJoin);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_event_that_no_function_sent_joins_no_room_that_the_token_does_not_open()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened("a=", "blue", "red", "@bob") with { User = "ada", MayJoin = ["blue", "team-*"] };
        Assert.Equal(EntryOutcome.Entered, await Registry.OpenAsync(opened, cancellation));
        var forged = Joined("a=", "red", after: TimeSpan.FromSeconds(1)) with { User = "ada" };

        Assert.Equal(EntryOutcome.Forbidden, await Registry.ChangeMembershipAsync(forged, cancellation));
        Assert.Equal(EntryOutcome.Forbidden, await Registry.ChangeMembershipAsync(forged with { MayJoin = ["*"] }, cancellation));
        Assert.Equal(EntryOutcome.Forbidden, await Registry.ChangeMembershipAsync(forged with { Room = "@bob" }, cancellation));
        Assert.Equal(
            EntryOutcome.Entered, await Registry.ChangeMembershipAsync(forged with { Room = "team-a", MayJoin = ["*"] }, cancellation));

        Assert.Equal(["@ada", "blue", "everyone", "team-a"], await RoomsOfAsync("a="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_forged_join_that_overtakes_the_opening_is_undone_by_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var forged = Joined("a=", "red", after: TimeSpan.FromSeconds(1)) with { User = "ada" };
        Assert.Equal(EntryOutcome.Entered, await Registry.ChangeMembershipAsync(forged, cancellation));
        var opened = Opened("a=", "blue") with { User = "ada", MayJoin = ["blue"] };

        await Registry.OpenAsync(opened, cancellation);
        Assert.Equal(["@ada", "blue", "everyone"], await RoomsOfAsync("a="));

        await Registry.OpenAsync(opened, cancellation);
        Assert.Equal(EntryOutcome.Forbidden, await Registry.ChangeMembershipAsync(forged, cancellation));
        Assert.Equal(["@ada", "blue", "everyone"], await RoomsOfAsync("a="));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_client_speaks_is_in_its_row_and_in_each_membership()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=", "blue") with { Dialect = Dialect.Json }, cancellation);
        await Registry.ChangeMembershipAsync(Joined("a=", "red", after: TimeSpan.FromSeconds(1)), cancellation);
        await Registry.OpenAsync(Opened("b=", "blue"), cancellation);

        Assert.Equal(["a="], await JsonRowsAsync(Tables.Connections));
        Assert.Equal(["a=", "a=", "a="], await JsonRowsAsync(Tables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_join_that_overtakes_the_opening_and_knows_no_dialect_is_corrected_by_it_also_when_a_worker_died_in_between()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened("a=") with { Dialect = Dialect.Json };
        await Registry.ChangeMembershipAsync(Joined("a=", "red", after: TimeSpan.FromSeconds(1)), cancellation);
        Assert.Empty(await JsonRowsAsync(Tables.Rooms));

        await Registry.OpenAsync(opened, cancellation);
        Assert.Equal(["a=", "a="], await JsonRowsAsync(Tables.Rooms));

        foreach (var row in await RowsAsync(Tables.Rooms))
        {
            row.Remove(RegistryTables.Dialect);
            await DynamoDb.PutItemAsync(Tables.Rooms, row, cancellation);
        }

        await Registry.OpenAsync(opened, cancellation);
        Assert.Equal(["a=", "a="], await JsonRowsAsync(Tables.Rooms));
    }

    private async Task<IReadOnlyList<string>> JsonRowsAsync(string table) =>
        [.. (await RowsAsync(table)).Where(row => row.TryGetValue("dialect", out var said) && said.S == "json").Select(row => row["connectionid"].S)];

    [Fact(Timeout = 60_000)]
    public async Task Nobody_becomes_somebody_else_by_a_later_event()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Registry.OpenAsync(Opened("a=") with { User = "ada" }, cancellation);

        Assert.Equal(EntryOutcome.OfAnother, await Registry.OpenAsync(Opened("a=", "blue") with { User = "bob" }, cancellation));
        Assert.Equal(
            EntryOutcome.OfAnother,
            await Registry.ChangeMembershipAsync(Joined("a=", "blue", after: TimeSpan.FromSeconds(1)) with { User = "bob" }, cancellation));

        Assert.Equal(["@ada", "everyone"], await RoomsOfAsync("a="));
        Assert.Equal("ada", Assert.Single(await RowsAsync(Tables.Connections))["user"].S);
    }

    [Fact(Timeout = 60_000)]
    public async Task Concurrent_repeats_of_opening_and_end_leave_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened("a=", "blue", "red");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0
            ? (Task)Registry.OpenAsync(opened, cancellation)
            : Registry.CloseAsync(Closed("a="), cancellation)));

        Assert.Empty(await RowsAsync(Tables.Connections));
        Assert.Empty(await RowsAsync(Tables.Rooms));
    }

    private static ConnectionOpened Opened(string connectionId, params string[] rooms) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = Noon,
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Rooms = rooms,
    };

    private static MembershipChanged Joined(string connectionId, string room, TimeSpan after) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = Noon,
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Room = room,
        IsIn = true,
        ChangedAt = Noon + after,
    };

    private static ConnectionClosed Closed(string connectionId) => new()
    {
        ConnectionId = connectionId,
        ClosedAt = Noon + TimeSpan.FromMinutes(1),
        Because = ClosedBecause.Disconnected,
    };

    private static ConnectionClosed Gone(string connectionId, DateTimeOffset readRow, TimeSpan after) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = readRow,
        ClosedAt = readRow + after,
        Because = ClosedBecause.Gone,
    };

    private async Task<List<Dictionary<string, AttributeValue>>> RowsAsync(string table) =>
        (await DynamoDb.ScanAsync(new ScanRequest { TableName = table, ConsistentRead = true }, Cancellation)).Items ?? [];

    private async Task<IEnumerable<string>> RoomsOfAsync(string connectionId) =>
        from membership in await RowsAsync(Tables.Rooms)
        where membership["connectionid"].S == connectionId
        let room = membership["roomshard"].S.Split('#')[0]
        orderby room
        select room;
}
