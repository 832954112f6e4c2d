using System.Text;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using ChatEvents.UnitTests.FanOut;
using ChatEvents.UnitTests.Registry;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RecordingGateway = ChatEvents.UnitTests.Registry.RecordingGateway;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>
/// Whatever well-typed nonsense is in an event, it is done or it is unreadable, which makes it a dead letter at once. An event that fails
/// would come back, and block its message group meanwhile.
/// </summary>
public sealed class RandomEventTests
{
    private const int Events = 10_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> EventsOf(string queue) =>
        [.. RouteEventTable.All.Where(type => type.Queue.Setting == queue).Select(type => type.Name)];

    public static TheoryData<string> OfRegistry => EventsOf(nameof(ChatQueue.Connections));

    public static TheoryData<string> OfFanOut =>
        [.. RouteEventTable.All.Where(type => type.Queue != ChatQueue.Connections).Select(type => type.Name)];

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(OfRegistry))]
    public async Task Ten_thousand_random_events_of_the_registry_end_as_done_or_unreadable(string name)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var dynamoDb = new InMemoryDynamoDb();
        using var sqs = new LoopbackSqs();
        using var gateway = new RecordingGateway();
        using var calls = new Gateway(_ => gateway, endpointInstead: null, new(region: null, ["https://ws.example.com"]));
        var time = new FakeTime();
        var tables = new TablesUnderTest(dynamoDb, new TableNames(), time);
        await using var registry = RegistryWorker.Build([], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddSingleton<IAmazonDynamoDB>(dynamoDb);
            builder.Services.AddSingleton<IAmazonSQS>(sqs);
            builder.Services.AddSingleton<AWSCredentials>(new AnonymousAWSCredentials());
            builder.Services.AddSingleton(calls);
            builder.Services.AddSingleton(new Moderation(
                tables.Connections, tables.Memberships, tables.Bans, calls, new Pace(5_000, TimeProvider.System), time));
            builder.Services.Configure<RegistryOptions>(options => options.BatchLinger = TimeSpan.Zero);
        });
        await OpenAsync(tables, "a=", "ada", Roles.Moderator, time, cancellation);
        await OpenAsync(tables, "b=", "bob", role: null, time, cancellation);

        await CheckAsync(name, registry.Services, time);
    }

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(OfFanOut))]
    public async Task Ten_thousand_random_events_of_the_fan_out_end_as_done_or_unreadable(string name)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.HoldsEventsBack = true;
        foreach (var room in (string[])[Room.Everyone, "blue", "@ada"]) fanOut.AddConnection("a=", TimeSpan.FromHours(1), room);

        await CheckAsync(name, fanOut.Services, fanOut.Time);
    }

    private static async Task CheckAsync(string name, IServiceProvider services, FakeTime time)
    {
        var type = RouteEventTable.All.Single(type => type.Name == name);
        var dispatch = services.GetServices<ConsumedQueue>().Single(queue => queue.Consumers.Queue == type.Queue).CreateDispatch(services);
        var (done, unreadable) = (0, 0);
        await Task.Run(() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Cancellation.ThrowIfCancellationRequested();
            var json = new RandomEvents(new Random(seed), time.GetUtcNow()).JsonOf(type);
            try
            {
                dispatch.HandleAsync(MessageOf(type, json, seed), Turn(), Cancellation).WaitAsync(Patiently.DefaultPatience).GetAwaiter().GetResult();
                done++;
            }
            catch (UnreadableMessageException)
            {
                unreadable++;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"It failed: {json}", failure);
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Events)), Cancellation);

        Assert.True(done > Events / 10 && unreadable > Events / 10, $"Of {Events} events {done} were done and {unreadable} unreadable.");
    }

    private static Task<EntryOutcome> OpenAsync(
        TablesUnderTest tables, string id, string user, string? role, TimeProvider time, CancellationToken cancellation) => tables.Registry.OpenAsync(
            new() { ConnectionId = id, ConnectedAt = time.GetUtcNow(), CallbackEndpoint = "https://ws.example.com/prod", User = user, Role = role },
            cancellation);

    /// <summary>Only a pump makes them.</summary>
    private static GroupTurn Turn() => (GroupTurn)Activator.CreateInstance(typeof(GroupTurn), nonPublic: true)!;

    private static ReceivedMessage MessageOf(RouteEventType type, string json, int seed) => new()
    {
        MessageId = "of a test",
        Body = Encoding.UTF8.GetBytes(json),
        Attributes = new Dictionary<string, string> { [AttributeNames.MessageType] = type.MessageType },
        ReceiveCount = 1 + (seed % 2),
    };
}
