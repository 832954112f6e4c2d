using System.Diagnostics.Metrics;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using MassTransit;
using MassTransit.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>
/// The fan-out worker as it is, with only the outside swapped: gateway, tables, SQS and clock. Its pump does not run; the tests are the
/// pump, and hand messages to the consumer through the same MassTransit dispatcher.
/// </summary>
internal sealed class FanOutUnderTest : IAsyncDisposable
{
    private readonly WebApplication _worker;
    private readonly RecordingMeters _inFlight;

    /// <param name="rooms">The tables, where a test goes on with those of a worker before.</param>
    /// <param name="configure">Settings other than the usual ones.</param>
    public FanOutUnderTest(RoomsInMemory? rooms = null, Action<FanOutOptions>? configure = null)
    {
        Rooms = rooms ?? new RoomsInMemory();
        _worker = FanOutWorker.Build([], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(Logs);
            builder.Services.Configure<FanOutOptions>(options =>
            {
                options.PostsPerSecond = 1_000_000; // the clock stands still; nothing shall wait for the rate
                configure?.Invoke(options);
            });
            builder.Services.AddSingleton<TimeProvider>(Time);
            builder.Services.AddSingleton<Func<double>>(() => 0.5);
            builder.Services.AddSingleton<IAmazonDynamoDB>(Rooms);
            builder.Services.AddSingleton<IAmazonSQS>(Sqs);
            builder.Services.AddSingleton<AWSCredentials>(new BasicAWSCredentials("AKIDEXAMPLE", "secret"));
            builder.Services.AddSingleton(new PostSigner("eu-central-1"));
            builder.Services.AddSingleton<GatewayDial>(Gateway.DialAsync);
        });
        _inFlight = new RecordingMeters(instrument =>
            instrument.Name == "chatevents.posts.in_flight" && ReferenceEquals(instrument.Meter.Scope, Meters));
    }

    public RoomsInMemory Rooms { get; }

    public FakeTime Time { get; } = new();

    public RecordingGateway Gateway { get; } = new();

    public RecordingSqs Sqs { get; } = new();

    public RecordingLogs Logs { get; } = new();

    public LateDeliveries Late => _worker.Services.GetRequiredService<LateDeliveries>();

    /// <summary>All parts of the worker.</summary>
    public IServiceProvider Services => _worker.Services;

    /// <summary>Scope of this worker's meters; other tests have their own.</summary>
    public IMeterFactory Meters => _worker.Services.GetRequiredService<IMeterFactory>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<FanOutUnderTest> StartAsync(RoomsInMemory? rooms = null, Action<FanOutOptions>? configure = null)
    {
        var fanOut = new FanOutUnderTest(rooms, configure);
        var credentials = fanOut._worker.Services.GetRequiredService<CallbackCredentials>();
        await credentials.StartAsync(Cancellation);
        await credentials.StopAsync(Cancellation); // they are there; the timer of their renewal would be one that no post waits for
        await fanOut._worker.Services.GetRequiredService<StaleConnections>().StartAsync(Cancellation);
        return fanOut;
    }

    /// <summary>Connections that have been open for an hour.</summary>
    public IReadOnlyList<string> AddConnections(int count, string room = Room.Everyone)
    {
        var ids = Enumerable.Range(0, count).Select(number => $"{room}-{number:00000}=").ToList();
        foreach (var id in ids) AddConnection(id, TimeSpan.FromHours(1), room);
        return ids;
    }

    public void AddConnection(string id, TimeSpan age, string room = Room.Everyone) => Rooms.Add(room, id, Time.GetUtcNow() - age);

    /// <summary>Hands the consumer one message as the pump does; ends when the message could be deleted.</summary>
    /// <param name="messageId">Its id.</param>
    /// <param name="text">What the client wrote.</param>
    /// <param name="room">Where.</param>
    /// <param name="isRedelivered">Whether it was received before.</param>
    /// <param name="kill">Ends the work at once, as a lost lease does.</param>
    public Task ConsumeAsync(
        string messageId, string text, string room = Room.Everyone, bool isRedelivered = false, CancellationTokenSource? kill = null)
    {
        var body = RouteEventJson.Write(new MessagePosted
        {
            MessageId = messageId,
            ConnectionId = "sender=",
            Room = room,
            Message = text,
            PostedAt = Time.GetUtcNow(),
        });
        return DispatchAsync<MessagePostedConsumer>(body, isRedelivered, kill?.Token ?? Cancellation);
    }

    /// <summary>Tells the fan-out, as the registry does, that a connection came into a room and may have missed messages.</summary>
    public Task ConsumeMissedAsync(string connectionId, DateTimeOffset since, string room = Room.Everyone) =>
        DispatchAsync<MessagesMissedConsumer>(
            RouteEventJson.Write(new MessagesMissed
            {
                ConnectionId = connectionId,
                ConnectedAt = since,
                CallbackEndpoint = "https://ws.example.com/prod",
                Room = room,
                Since = since,
            }),
            isRedelivered: false,
            Cancellation);

    /// <summary>Moves the clock from timer to timer until the condition holds, but not while a post is under way: it would be late.</summary>
    public async Task PassTimeUntilAsync(Func<bool> holds)
    {
        while (true)
        {
            await Patiently.UntilAsync(
                "the timer's work to be done",
                () => _inFlight.SumOf("chatevents.posts.in_flight") == 0 && (holds() || Time.ArmedTimers.Count > 0),
                Cancellation);
            if (holds()) return;
            await Time.AdvanceToNextTimerAsync(Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _inFlight.Dispose();
        await _worker.DisposeAsync();
    }

    private Task DispatchAsync<TConsumer>(string body, bool isRedelivered, CancellationToken cancellation)
        where TConsumer : class, IConsumer =>
        _worker.Services.GetRequiredService<IReceiveEndpointDispatcherFactory>()
            .CreateConsumerReceiver<TConsumer>(typeof(TConsumer).Name)
            .Dispatch(
                Encoding.UTF8.GetBytes(body),
                new Dictionary<string, object> { ["ApproximateReceiveCount"] = isRedelivered ? "2" : "1" },
                cancellation);
}
