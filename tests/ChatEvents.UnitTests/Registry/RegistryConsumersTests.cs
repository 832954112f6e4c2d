using System.Text;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Registry;

/// <summary>The consumers in MassTransit's own harness: an event goes in, rows come out, and a failure goes back to the queue.</summary>
public sealed class RegistryConsumersTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Spent only by a test that fails; the harness's own few seconds are too short for a machine under load.</summary>
    private static readonly TimeSpan HarnessPatience = TimeSpan.FromSeconds(50);

    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingSqs _sqs = new();
    private readonly RecordingLog _log = new(LogLevel.Information);
    private readonly ServiceProvider _services;

    public RegistryConsumersTests()
    {
        var time = new FakeTime(Noon);
        var tables = new TablesUnderTest(_dynamoDb, new TableNames(), time);
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(_log))
            .AddSingleton<TimeProvider>(time)
            .AddSingleton(tables.Registry)
            .AddSingleton(tables.Recent)
            .AddSingleton(new RouteEventPublisher(_sqs, new RouteEventQueues()))
            .AddSingleton<MissedMessages>()
            .Configure<RegistryOptions>(options => options.BatchLinger = TimeSpan.Zero)
            .AddMassTransitTestHarness(bus =>
            {
                bus.SetTestTimeouts(testTimeout: HarnessPatience, testInactivityTimeout: HarnessPatience);
                bus.AddConsumers(typeof(ConnectionOpenedConsumer), typeof(MembershipChangedConsumer), typeof(ConnectionClosedConsumer));
            })
            .BuildServiceProvider(validateScopes: true);
    }

    private ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

    private static ConnectionOpened Opened => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Rooms = ["blue"],
    };

    private static MembershipChanged Left => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Room = "blue",
        IsIn = false,
        ChangedAt = Noon + TimeSpan.FromSeconds(1),
    };

    private static ConnectionClosed Closed => new()
    {
        ConnectionId = "a=",
        ClosedAt = Noon + TimeSpan.FromMinutes(1),
        Because = ClosedBecause.Disconnected,
        StatusCode = 1001,
        Reason = "Going away",
    };

    public async ValueTask InitializeAsync() => await Harness.Start();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _dynamoDb.Dispose();
        _sqs.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Opening_leaving_and_ending_reach_the_tables()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(Opened, cancellation);
        Assert.Single(_dynamoDb.ItemsOf(RegistryTables.Connections));
        Assert.Equal(2, _dynamoDb.ItemsOf(RegistryTables.Rooms).Count());

        await ConsumeAsync<MembershipChangedConsumer, MembershipChanged>(Left, cancellation);
        Assert.Single(_dynamoDb.ItemsOf(RegistryTables.Rooms));

        await ConsumeAsync<ConnectionClosedConsumer, ConnectionClosed>(Closed, cancellation);
        Assert.Empty(_dynamoDb.ItemsOf(RegistryTables.Connections));
        Assert.Empty(_dynamoDb.ItemsOf(RegistryTables.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_close_reason_that_a_client_gave_is_quoted_in_the_log()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(Opened, cancellation);
        await ConsumeAsync<ConnectionClosedConsumer, ConnectionClosed>(Closed with { Reason = "bye\r\n12:00 forged\u001b[2J" }, cancellation);

        Assert.Contains(@"Information: Closed a= (1001 ""bye\r\n12:00 forged\u001B[2J"")", _log.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_became_of_an_opening_and_of_changes_of_rooms_is_logged()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened with { User = "ada", MayJoin = ["blue", "red"] };
        var left = Left with { User = "ada", MayJoin = ["blue", "red"] };
        var joined = left with { Room = "red", IsIn = true };
        await OpenAsync(opened, "Information: Opened a= in blue");
        await OpenAsync(Opened with { ConnectionId = "b=", Rooms = [] }, "Information: Opened b=");
        await OpenAsync(opened with { User = "bob" }, "Warning: Ignored the opening of a=: it names another user than the row");
        await ChangeAsync(left, "Information: a= left room blue");
        await ChangeAsync(joined, "Information: a= joined room red");
        await ChangeAsync(joined with { Room = "green" }, "Warning: Refused to let a= join room green: its user may not");
        await ChangeAsync(joined with { User = "bob" }, "Warning: Ignored the join of a=: it names another user than the row");
        await ChangeAsync(left with { User = "bob" }, "Warning: Ignored the leave of a=: it names another user than the row");

        await OpenAsync(
            Opened with { ConnectionId = "full=", Rooms = [.. Enumerable.Range(1, Room.MaxPerConnection).Select(number => $"room{number}")] },
            "Information: Opened full= in room1, room2");
        await ChangeAsync(
            Left with { ConnectionId = "full=", Room = "more", IsIn = true },
            $"Information: Refused to let full= join room more: it is in {Room.MaxPerConnection} rooms already");

        await ConsumeAsync<ConnectionClosedConsumer, ConnectionClosed>(Closed, cancellation);
        await OpenAsync(opened, "Information: Ignored a late opening of a=: AlreadyClosed");
        await ChangeAsync(joined, "Information: Ignored a late join of a=: AlreadyClosed");
        await ChangeAsync(left, "Information: Ignored a late leave of a=: AlreadyClosed");

        async Task OpenAsync(ConnectionOpened opened, string line)
        {
            await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(opened, cancellation);
            Assert.Contains(_log.Lines, logged => logged.StartsWith(line, StringComparison.Ordinal));
        }

        async Task ChangeAsync(MembershipChanged changed, string line)
        {
            await ConsumeAsync<MembershipChangedConsumer, MembershipChanged>(changed, cancellation);
            Assert.Contains(line, _log.Lines);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Why_a_connection_has_ended_is_logged()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var gone = Closed with { Because = ClosedBecause.Gone, StatusCode = null, Reason = null, ConnectedAt = Noon };
        await CloseAsync(gone with { ClosedAt = Noon }, "Information: Ignored the report that a= is gone: it was still in its handshake");
        await CloseAsync(
            gone with { ConnectedAt = Noon.AddHours(-1) }, "Information: Ignored the report that a= is gone: it is about another connection's row");
        await CloseAsync(gone, "Information: Closed a= (gone)");
        await CloseAsync(Closed with { ConnectionId = "b=", Reason = "" }, "Information: Closed b= (1001)");
        await CloseAsync(Closed with { ConnectionId = "c=", Reason = null, StatusCode = null }, "Information: Closed c= (no reason given)");

        async Task CloseAsync(ConnectionClosed closed, string line)
        {
            await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(Opened with { ConnectionId = closed.ConnectionId }, cancellation);
            await ConsumeAsync<ConnectionClosedConsumer, ConnectionClosed>(closed, cancellation);
            Assert.Contains(line, _log.Lines);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_join_is_looked_at_for_messages_that_it_missed_and_a_leave_is_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(Opened with { Rooms = [] }, cancellation);
        var looks = 0;
        _dynamoDb.OnCall = point =>
        {
            if (point.Call.Table == RecentMessages.Table && !point.TookEffect) looks++;
            return Task.CompletedTask;
        };

        await ConsumeAsync<MembershipChangedConsumer, MembershipChanged>(Left with { IsIn = true }, cancellation);
        Assert.Equal(1, looks);
        await ConsumeAsync<MembershipChangedConsumer, MembershipChanged>(Left with { ChangedAt = Left.ChangedAt.AddSeconds(1) }, cancellation);
        Assert.Equal(1, looks);
    }

    /// <summary>
    /// The route answers with the end of the log as soon as the connection's row knows the join. What is said then, and walked before the membership
    /// is written, has a larger number than the answer; without the look, the client would see that only when somebody speaks again.
    /// </summary>
    [Fact(Timeout = 60_000)]
    public async Task A_join_by_numbers_is_looked_at_too_because_its_answer_may_come_before_its_membership()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = Opened with { Rooms = [], Dialect = Dialect.Json };
        await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(opened, cancellation);
        var couldBeAnswered = false;
        _dynamoDb.OnCall = async point =>
        {
            if (point is not { Call: { Table: RegistryTables.Rooms, IsWrite: true }, TookEffect: false }) return;
            couldBeAnswered = Assert.Single(_dynamoDb.ItemsOf(RegistryTables.Connections))[RegistryTables.JoinedRooms].M.ContainsKey("blue");
            await _dynamoDb.PutItemAsync(MissedMessagesTests.Logged("blue", seq: 42, Left.ChangedAt.AddMilliseconds(100)), cancellation);
        };

        await ConsumeAsync<MembershipChangedConsumer, MembershipChanged>(Left with { IsIn = true, Dialect = Dialect.Json }, cancellation);

        Assert.True(couldBeAnswered);
        var missed = RouteEventJson.Read<MessagesMissed>(
            Encoding.UTF8.GetBytes(Assert.Single(Assert.Single(_sqs.BatchSends.All).Entries).MessageBody), FakeTime.LongAfter);
        Assert.Equal(("a=", "blue", Dialect.Json), (missed.ConnectionId, missed.Room, missed.Dialect));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_DynamoDB_refuses_is_thrown_for_the_queue_to_deliver_again()
    {
        _dynamoDb.OnCall = point => point.Call.IsWrite && !point.TookEffect
            ? throw new ProvisionedThroughputExceededException("Slow down")
            : Task.CompletedTask;

        var consumed = await ConsumeAsync<ConnectionOpenedConsumer, ConnectionOpened>(Opened, TestContext.Current.CancellationToken);

        Assert.IsType<ProvisionedThroughputExceededException>(consumed.Exception);
    }

    private async Task<IReceivedMessage<TEvent>> ConsumeAsync<TConsumer, TEvent>(TEvent routeEvent, CancellationToken cancellation)
        where TConsumer : class, IConsumer<TEvent>
        where TEvent : class, IRouteEvent
    {
        // Found again by an id of its own, because events of the same type may have come before.
        var id = NewId.NextGuid();
        await Harness.Bus.Publish(routeEvent, context => context.MessageId = id, cancellation);
        return await Harness.GetConsumerHarness<TConsumer>().Consumed
            .SelectAsync<TEvent>(received => received.Context.MessageId == id, cancellation).First();
    }
}
