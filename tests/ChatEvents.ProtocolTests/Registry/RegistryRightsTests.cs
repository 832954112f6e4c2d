using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using ChatEvents.Testing.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>What the registry needs for everything that it does must be what it has where it is deployed: no less, and no more.</summary>
public sealed class RegistryRightsTests(EmulatorsFixture emulators)
{
    private readonly Dictionary<string, string> _resources = [];

    [Fact(Timeout = 180_000)]
    public async Task The_registry_needs_each_of_its_rights_and_no_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var tables = await CreateTablesAsync();
        using var sqs = emulators.CreateSqs();
        var queues = await CreateQueuesAsync(sqs);
        var calls = new GuardedCalls(DeployedRights.Registry, name => _resources.GetValueOrDefault(name, name));
        await using var worker = StartRegistry(calls, queues, tables);
        await worker.StartAsync(cancellation);

        // Somebody comes, has missed a message, joins a room, and goes; and something comes back to its queue.
        var connectedAt = TimeProvider.System.GetUtcNow();
        await SaveMessageAsync(tables, connectedAt.AddMilliseconds(1));
        var publisher = new RouteEventPublisher(sqs, queues);
        await publisher.PublishAsync(
            new ConnectionOpened { ConnectionId = "c1=", ConnectedAt = connectedAt, CallbackEndpoint = "http://127.0.0.1:1/prod" }, cancellation);
        await UntilNeededAsync(calls, "sqs:SendMessage on Late");
        await publisher.PublishAsync(
            new MembershipChanged
            {
                ConnectionId = "c1=",
                ConnectedAt = connectedAt,
                CallbackEndpoint = "http://127.0.0.1:1/prod",
                Room = "blue",
                IsIn = true,
                ChangedAt = connectedAt.AddSeconds(1),
            },
            cancellation);
        await UntilNeededAsync(calls, "dynamodb:BatchGetItem on Connections");
        await publisher.PublishAsync(
            new ConnectionClosed { ConnectionId = "c1=", ClosedAt = connectedAt.AddSeconds(2), Because = ClosedBecause.Disconnected }, cancellation);
        await sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = queues.Connections, MessageBody = "garbage" }, cancellation);
        await worker.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Readiness), cancellation);
        await UntilNeededAsync(calls, [.. DeployedRights.Registry]);
        await worker.StopAsync(cancellation);

        Assert.Equal(DeployedRights.Registry, calls.Needed);
    }

    [Fact(Timeout = 180_000)]
    public async Task For_moderators_it_needs_each_of_the_rights_that_come_with_them_and_no_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var tables = await CreateTablesAsync();
        using var sqs = emulators.CreateSqs();
        var queues = await CreateQueuesAsync(sqs);
        var calls = new GuardedCalls(
            [.. DeployedRights.Registry, .. DeployedRights.Moderation], name => _resources.GetValueOrDefault(name, name));
        await using var worker = StartRegistry(calls, queues, tables);
        await worker.StartAsync(cancellation);

        var connectedAt = TimeProvider.System.GetUtcNow();
        var moderator = new ConnectionOpened
        {
            ConnectionId = "m=",
            ConnectedAt = connectedAt,
            CallbackEndpoint = "http://127.0.0.1:1/prod",
            User = "ada",
            Role = Roles.Moderator,
            SourceAddress = "198.51.100.1",
        };
        var asked = new ModerationAsked
        {
            ConnectionId = "m=",
            User = "ada",
            Act = ModerationAct.Ban,
            TargetUser = "mallory",
            AskedAt = connectedAt.AddSeconds(1),
            Until = connectedAt.AddHours(1),
        };
        await new RouteEventPublisher(sqs, queues).PublishAsync(
            [
                moderator,
                moderator with { ConnectionId = "g=", User = null, Role = null, Guest = "guest-abc234", SourceAddress = "203.0.113.7" },
            ],
            cancellation);
        await Patiently.UntilAsync(
            "two rows", async () => (await tables.ItemsOfAsync(tables.Names.Connections)).Count == 2, cancellation);
        await new RouteEventPublisher(sqs, queues).PublishAsync(
            [asked, asked with { TargetUser = null, TargetGuest = "guest-abc234" }], cancellation);
        await Patiently.UntilAsync("two bans", async () => (await tables.ItemsOfAsync(tables.Names.Bans)).Count == 2, cancellation);
        await UntilNeededAsync(calls, [.. DeployedRights.Moderation]);
        await worker.StopAsync(cancellation);

        Assert.Equal(DeployedRights.Moderation, calls.Needed.Except(DeployedRights.Registry));
    }

    private async Task<TestTables> CreateTablesAsync()
    {
        var tables = await TestTables.CreateAsync(emulators);
        foreach (var (resource, table) in TablesOf(tables.Names)) _resources[table] = resource;
        return tables;
    }

    private async Task<RouteEventQueues> CreateQueuesAsync(IAmazonSQS sqs) => new()
    {
        Connections = await CreateQueueAsync(sqs, "Connections", "connections"),
        Late = await CreateQueueAsync(sqs, "Late", "late.fifo"),
    };

    private static IEnumerable<(string Resource, string Table)> TablesOf(TableNames names) =>
    [
        ("Connections", names.Connections), ("Rooms", names.Rooms), ("Closed", names.Closed), ("Recent", names.Recent), ("Bans", names.Bans),
    ];

    private WebApplication StartRegistry(GuardedCalls calls, RouteEventQueues queues, TestTables tables) => RegistryWorker.Build([], builder =>
    {
        builder.Configuration.AddInMemoryCollection(tables.Settings);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Queues:Connections"] = queues.Connections,
            ["Queues:Late"] = queues.Late,
            ["Registry:Sweep:Interval"] = "00:00:01",
            ["Registry:Sweep:EndingInterval"] = "00:00:01",
            ["urls"] = "http://127.0.0.1:0",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(emulators.CreateDynamoDb(calls));
        builder.Services.AddSingleton(emulators.CreateSqs(calls));
        builder.Services.AddSingleton(EmulatorsFixture.Credentials);
    });

    private async Task<string> CreateQueueAsync(IAmazonSQS sqs, string resource, string name)
    {
        var queue = EmulatorsFixture.Unique(name);
        var url = await QueueSetup.EnsureQueueAsync(sqs, queue, $"dead-{queue}", MaxReceives.ByDefault, TestContext.Current.CancellationToken);
        _resources[url] = resource;
        return url;
    }

    /// <summary>As the fan-out leaves a message of everyone, as far as the registry looks at it.</summary>
    private static Task<PutItemResponse> SaveMessageAsync(TestTables tables, DateTimeOffset postedAt) => tables.DynamoDb.PutItemAsync(
        tables.Names.Recent,
        new()
        {
            [RecentMessages.Room] = new(Room.Everyone),
            [RecentMessages.Position] = new(RecentMessages.PositionOf("1700000000000-3fk2a9", 1)),
            [RecentMessages.MessageId] = new("m1"),
            [RecentMessages.LoggedAt] = NumberAttribute.OfMilliseconds(postedAt),
            [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(postedAt.AddDays(1)),
            [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(postedAt),
        },
        TestContext.Current.CancellationToken);

    private static Task<string> UntilNeededAsync(GuardedCalls calls, params string[] rights) => Patiently.SeeAsync(
        string.Join(", ", rights),
        () => Task.FromResult(string.Join(", ", rights.Except(calls.Needed))),
        missing => missing.Length == 0,
        TestContext.Current.CancellationToken,
        TimeSpan.FromSeconds(60));
}
