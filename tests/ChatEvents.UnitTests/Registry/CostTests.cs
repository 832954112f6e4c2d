using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What DynamoDB charges for all that an event makes a worker ask of it; <c>docs/registry.md</c> tells what for.</summary>
public sealed class CostTests : IDisposable
{
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingSqs _sqs = new();
    private readonly FakeTime _time = new();
    private readonly ConnectionRegistry.ConnectionRegistry _registry;
    private readonly MissedMessages _missed;
    private long _said;

    public CostTests()
    {
        var options = Options.Create(new RegistryOptions { BatchLinger = TimeSpan.Zero });
        var tables = new TablesUnderTest(_dynamoDb, new TableNames(), _time);
        _registry = tables.Registry;
        _missed = new(tables.Recent, new RouteEventPublisher(_sqs, new RouteEventQueues()), options, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _dynamoDb.Dispose();
        _sqs.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connect_costs_four_units_and_a_disconnect_three()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(4, await UnitsOfAsync(Opened("a="), cancellation));
        Assert.Equal(3, await UnitsOfAsync(Closed("a="), cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_user_costs_one_write_more_for_the_room_of_all_devices_and_a_look_for_what_was_said_there()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(6, await UnitsOfAsync(Opened("a=") with { User = "ada" }, cancellation));
        Assert.Equal(4, await UnitsOfAsync(Closed("a=") with { User = "ada" }, cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_a_crowd_that_comes_at_once_each_costs_less_because_it_shares_the_look_for_missed_messages()
    {
        const int Crowd = 64; // what a worker has in hand at most, by default
        var random = new Random(1);

        // Without the test's token: a wait that can be cancelled goes on on a thread of the pool, and the workers wait for their own only.
        var workers = new MortalWorkers(routeEvent => HandleAsync(routeEvent, CancellationToken.None), random, capacity: Crowd, deathsPerThousand: 0);
        _dynamoDb.OnCall = _ => workers.ParkAsync();

        await Task.Run(
            () => workers.Deliver(Enumerable.Range(0, Crowd).Select(i => Opened($"{i}="))), TestContext.Current.CancellationToken);

        Assert.InRange(_dynamoDb.Units / Crowd, 3, 3.5);
    }

    [Fact(Timeout = 60_000)]
    public async Task Whatever_was_said_lately_a_connect_costs_no_more()
    {
        for (var i = 0; i < 500; i++) await SayAsync("everyone", new string('x', 1000));

        Assert.Equal(4, await UnitsOfAsync(Opened("a="), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_room_costs_two_units_to_join_at_connect_and_one_to_leave_at_the_end()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(4 + 1 + (2 * 2), await UnitsOfAsync(Opened("a=", "blue", "red"), cancellation));
        Assert.Equal(3 + 1 + 2, await UnitsOfAsync(Closed("a="), cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_join_costs_six_units_and_a_leave_five()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await HandleAsync(Opened("a="), cancellation);

        Assert.Equal(6, await UnitsOfAsync(Changed("a=", "blue", isIn: true), cancellation));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, await UnitsOfAsync(Changed("a=", "blue", isIn: false), cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_report_of_a_gone_connection_costs_a_unit_more_than_its_end()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened("a=");
        await HandleAsync(opened, cancellation);
        _time.Advance(Limits.IdleTimeout);

        Assert.Equal(4, await UnitsOfAsync(
            Closed("a=") with { Because = ClosedBecause.Gone, ConnectedAt = opened.ConnectedAt, FoundInRoom = "everyone" }, cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_opening_costs_less_than_a_timely_one()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened("a=");
        await HandleAsync(Closed("a="), cancellation);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(0.5 + 1 + 1, await UnitsOfAsync(opened, cancellation));
    }

    private async Task<double> UnitsOfAsync(IRouteEvent routeEvent, CancellationToken cancellation)
    {
        var before = _dynamoDb.Units;
        await HandleAsync(routeEvent, cancellation);
        return _dynamoDb.Units - before;
    }

    /// <summary>What the consumers do with an event.</summary>
    private async Task HandleAsync(IRouteEvent routeEvent, CancellationToken cancellation)
    {
        switch (routeEvent)
        {
            case ConnectionOpened opened:
                if (await _registry.OpenAsync(opened, cancellation) == EntryOutcome.Entered)
                    await _missed.ReportAsync(opened, cancellation);
                break;
            case MembershipChanged changed:
                if (await _registry.ChangeMembershipAsync(changed, cancellation) == EntryOutcome.Entered && changed.IsIn)
                    await _missed.ReportAsync(changed, cancellation);
                break;
            case ConnectionClosed closed:
                await _registry.CloseAsync(closed, cancellation);
                break;
        }
    }

    private async Task SayAsync(string room, string text)
    {
        var now = _time.GetUtcNow();
        await _dynamoDb.PutItemAsync(
            RecentMessages.Table,
            new()
            {
                [RecentMessages.Room] = new(room),
                [RecentMessages.Position] = new(RecentMessages.PositionOf("1700000000000-3fk2a9", ++_said)),
                [RecentMessages.MessageId] = new("m"),
                [RecentMessages.PostedAt] = new() { N = $"{now.ToUnixTimeMilliseconds()}" },
                [RecentMessages.LoggedAt] = new() { N = $"{now.ToUnixTimeMilliseconds()}" },
                [RecentMessages.TimeToLive] = new() { N = $"{now.AddDays(1).ToUnixTimeSeconds()}" },
                [RecentMessages.Message] = new(text),
            },
            Cancellation);
    }

    private ConnectionOpened Opened(string connectionId, params string[] rooms) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = _time.GetUtcNow(),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Rooms = rooms,
    };

    private MembershipChanged Changed(string connectionId, string room, bool isIn) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = _time.GetUtcNow(),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Room = room,
        IsIn = isIn,
        ChangedAt = _time.GetUtcNow(),
    };

    private ConnectionClosed Closed(string connectionId) => new()
    {
        ConnectionId = connectionId,
        ClosedAt = _time.GetUtcNow(),
        Because = ClosedBecause.Disconnected,
    };
}
