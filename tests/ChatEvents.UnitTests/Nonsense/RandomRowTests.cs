using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using ChatEvents.UnitTests.FanOut;
using ChatEvents.UnitTests.Registry;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RecordingGateway = ChatEvents.UnitTests.Registry.RecordingGateway;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>A row that makes no sense costs at most its own connection, in whatever table it is.</summary>
public sealed class RandomRowTests
{
    private const int Rows = 8;

    private static readonly TableNames Tables = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task No_row_stops_a_walk()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.HoldsEventsBack = true;
        await CheckAsync(1_000, async seed =>
        {
            var (rows, room, messageId) = (new RandomRows(new Random(seed), fanOut.Time.GetUtcNow()), $"room{seed}", $"m{seed}=");
            var good = fanOut.AddConnections(3, room);
            foreach (var number in Enumerable.Range(0, Rows))
            {
                fanOut.Rooms.Put(rows.Membership(room, $"bad{number}="));
                fanOut.Rooms.Put(rows.Debt(room, $"bad{number}="));
            }

            fanOut.Rooms.Put(rows.Progress(messageId));

            await fanOut.ConsumeAsync(messageId, "hello", room, isRedelivered: true).WaitAsync(Patiently.DefaultPatience);

            Assert.All(good, id => Assert.Equal(["Echo: hello"], fanOut.Gateway.DeliveredTo(id)));
            fanOut.Gateway.Requests.Clear();
        });
    }

    [Fact(Timeout = 300_000)]
    public async Task No_row_of_the_log_keeps_what_was_missed_from_a_newcomer()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.HoldsEventsBack = true;
        await CheckAsync(1_000, async seed =>
        {
            var (rows, room) = (new RandomRows(new Random(seed), fanOut.Time.GetUtcNow()), $"room{seed}");
            await fanOut.ConsumeAsync($"m{seed}=", "hello", room);
            RecentMessages.TryReadPosition(fanOut.Rooms.LogOf(room).Single(), out var epoch, out _);
            foreach (var number in Enumerable.Range(0, Rows))
                fanOut.Rooms.Put(rows.Message(room, RecentMessages.PositionOf(epoch, 2 + number), $"bad{number}="));

            await fanOut.ConsumeMissedAsync("new=", fanOut.Time.GetUtcNow(), room).WaitAsync(Patiently.DefaultPatience);

            Assert.Single(fanOut.Gateway.DeliveredTo("new="), "Echo: hello");
            fanOut.Gateway.Requests.Clear();
        });
    }

    [Fact(Timeout = 300_000)]
    public Task No_row_stops_a_sweep() => CheckAsync(200, async seed =>
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var dynamoDb = new InMemoryDynamoDb();
        using var gateway = new RecordingGateway();
        var time = TimeProvider.System; // the sweeps keep a pace
        var rows = new RandomRows(new Random(seed), time.GetUtcNow());
        var tables = new TablesUnderTest(dynamoDb, Tables, time);
        foreach (var number in Enumerable.Range(0, Rows))
        {
            dynamoDb.Put(Tables.Connections, rows.Connection($"bad{number}="));
            dynamoDb.Put(Tables.Bans, rows.Ban($"user#bad{number}"));
        }

        await AddConnectionAsync(tables, "stale=", time.GetUtcNow().AddMinutes(-30), user: null);
        await AddConnectionAsync(tables, "banned=", time.GetUtcNow().AddMinutes(-5), "cyd");
        await tables.Bans.TryReplaceAsync(BanOf("cyd", time), asRead: null, cancellation);
        gateway.Gone.Add("stale=");
        var options = Options.Create(new SweepOptions { ChecksPerSecond = 5_000 });
        using var calls = new Gateway(_ => gateway, endpointInstead: null, new(region: null, ["https://ws.example.com"]));
        using var stale = new StaleSweep(
            tables.Connections, tables.Closed, tables.Registry, calls, options, time, NullLogger<StaleSweep>.Instance);
        using var ending = new EndingSweep(
            tables.Connections, tables.Closed, tables.Bans, calls, options, time, NullLogger<EndingSweep>.Instance);

        await stale.SweepAsync(cancellation);
        await ending.SweepAsync(cancellation);

        Assert.DoesNotContain(dynamoDb.ItemsOf(Tables.Connections), item => item[RegistryTables.ConnectionId].S == "stale=");
        Assert.Contains("banned= ended", gateway.Done);
    });

    [Fact(Timeout = 300_000)]
    public Task No_row_keeps_the_turn_of_a_sweep() => CheckAsync(1_000, async seed =>
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var dynamoDb = new InMemoryDynamoDb();
        var time = new FakeTime();
        dynamoDb.Put(Tables.Closed, new RandomRows(new Random(seed), time.GetUtcNow()).Turn("stale"));
        var closed = new TablesUnderTest(dynamoDb, Tables, time).Closed;

        Assert.True(await closed.TryTakeTurnAsync("stale", time.GetUtcNow(), TimeSpan.FromMinutes(10), cancellation));
        Assert.False(await closed.TryTakeTurnAsync("stale", time.GetUtcNow(), TimeSpan.FromMinutes(10), cancellation));
    });

    [Fact(Timeout = 300_000)]
    public Task No_row_keeps_somebody_from_being_banned() => CheckAsync(1_000, async seed =>
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var dynamoDb = new InMemoryDynamoDb();
        var time = new FakeTime();
        var bans = new TablesUnderTest(dynamoDb, Tables, time).Bans;
        dynamoDb.Put(Tables.Bans, new RandomRows(new Random(seed), time.GetUtcNow()).Ban(Bans.KeyOfUser("cyd")));

        var asRead = await bans.FindRowAsync(Bans.KeyOfUser("cyd"), cancellation);
        Assert.True(await bans.TryReplaceAsync(BanOf("cyd", time), asRead, cancellation));

        Assert.Equal(BanOf("cyd", time), await bans.FindAsync(Bans.KeyOfUser("cyd"), cancellation));
    });

    [Fact(Timeout = 300_000)]
    public Task The_row_of_a_connection_is_replaced_by_the_truth() => CheckAsync(1_000, async seed =>
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var dynamoDb = new InMemoryDynamoDb();
        var time = new FakeTime();
        var told = new List<SenselessRow>();
        var rows = new RandomRows(new Random(seed), time.GetUtcNow());
        var tables = new TablesUnderTest(dynamoDb, Tables, time, told.Add);
        dynamoDb.Put(Tables.Connections, rows.Connection("a="));
        dynamoDb.Put(Tables.Connections, rows.Connection("b="));

        await AddConnectionAsync(tables, "a=", time.GetUtcNow().AddMinutes(-30), "ada").WaitAsync(Patiently.DefaultPatience);
        await tables.Registry.CloseAsync(
            new() { ConnectionId = "b=", ClosedAt = time.GetUtcNow(), Because = ClosedBecause.Disconnected }, cancellation);

        Assert.Null(await tables.Connections.FindAsync("b=", cancellation));
        if (told.Exists(row => row.Key == "a="))
            Assert.Equal(time.GetUtcNow().AddMinutes(-30), (await tables.Connections.FindAsync("a=", cancellation))!.ConnectedAt);
        Assert.Equal(told.Count, told.DistinctBy(row => row.Key).Count());
    });

    private static Ban BanOf(string user, TimeProvider time) =>
        new(Bans.KeyOfUser(user), time.GetUtcNow(), DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds() + 3_600), Reason: null);

    private static Task<EntryOutcome> AddConnectionAsync(TablesUnderTest tables, string id, DateTimeOffset connectedAt, string? user) =>
        tables.Registry.OpenAsync(
            new() { ConnectionId = id, ConnectedAt = connectedAt, CallbackEndpoint = "https://ws.example.com/prod", User = user }, Cancellation);

    private static Task CheckAsync(int times, Func<int, Task> test) => Task.Run(
        () => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Cancellation.ThrowIfCancellationRequested();
            test(seed).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(times)),
        Cancellation);
}
