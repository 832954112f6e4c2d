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
        await Harness.Bus.Publish(routeEvent, cancellation);
        return await Harness.GetConsumerHarness<TConsumer>().Consumed.SelectAsync<TEvent>(cancellation).First();
    }
}
