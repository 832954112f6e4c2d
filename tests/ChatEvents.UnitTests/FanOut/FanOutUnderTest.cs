using System.Diagnostics.Metrics;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Consumers;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Division;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Senders;
using ChatEvents.Queues;
using ChatEvents.Testing;
using MassTransit;
using MassTransit.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>
/// The fan-out worker as it is, with only the outside swapped: gateway, tables, SQS and clock, and the rights that it has where it is
/// deployed. Its pumps do not run; the tests are the
/// pump of chat messages, and hand them to the consumer through the same MassTransit dispatcher. What the worker sends to itself is
/// consumed as soon as it is sent, group by group, unless the test holds it back.
/// </summary>
internal sealed class FanOutUnderTest : IAsyncDisposable
{
    private readonly WebApplication _worker;
    private readonly RecordingMeters _inFlight;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _groups = [];
    private readonly CancellationTokenSource _ending = new();
    private int _unsettled;
    private int _consuming;

    /// <param name="rooms">The tables, where a test goes on with those of a worker before.</param>
    /// <param name="configure">Settings other than the usual ones.</param>
    /// <param name="history">Those of the log.</param>
    public FanOutUnderTest(RoomsInMemory? rooms = null, Action<FanOutOptions>? configure = null, Action<HistoryOptions>? history = null)
    {
        Rooms = rooms ?? new RoomsInMemory();
        Sqs.OnSent = Receive;
        _worker = FanOutWorker.Build([], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(Logs);
            builder.Services.Configure<FanOutOptions>(options =>
            {
                options.PostsPerSecond = 1_000_000; // the clock stands still, so nothing may wait for the rate
                foreach (var host in (string[])["ws", "old"])
                    options.AllowedEndpoints.Add($"https://{host}.example.com");
                configure?.Invoke(options);
            });
            builder.Services.Configure<HistoryOptions>(options => history?.Invoke(options));
            builder.Services.AddSingleton<TimeProvider>(Time);
            builder.Services.AddSingleton<Func<double>>(() => 0.5);
            builder.Services.AddSingleton<IAmazonDynamoDB>(Rooms);
            builder.Services.AddSingleton<IAmazonSQS>(Sqs);
            builder.Services.AddSingleton<AWSCredentials>(new BasicAWSCredentials("AKIDEXAMPLE", "secret"));
            builder.Services.AddSingleton(new PostSigner("eu-central-1"));
            builder.Services.AddSingleton(new HttpMessageInvoker(Gateway));
        });
        _inFlight = new RecordingMeters(instrument =>
            instrument.Name == "chatevents.posts.in_flight" && ReferenceEquals(instrument.Meter.Scope, Meters));
    }

    public RoomsInMemory Rooms { get; }

    public FakeTime Time { get; } = new();

    public RecordingGateway Gateway { get; } = new();

    public LoopbackSqs Sqs { get; } = new();

    public RecordingLog Logs { get; } = new();

    /// <summary>Whether the worker's own events stay where they are: in <see cref="LoopbackSqs.Sent"/>.</summary>
    public bool HoldsEventsBack { get; set; }

    /// <summary>Nothing goes on behind the walks.</summary>
    public bool IsIdle => Volatile.Read(ref _unsettled) == 0 && LateDeliveries.Count == 0;

    /// <summary>All parts of the worker.</summary>
    public IServiceProvider Services => _worker.Services;

    /// <summary>Scope of this worker's meters; other tests have their own.</summary>
    public IMeterFactory Meters => _worker.Services.GetRequiredService<IMeterFactory>();

    private LateDeliveries LateDeliveries => _worker.Services.GetRequiredService<LateDeliveries>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<FanOutUnderTest> StartAsync(
        CancellationToken cancellation,
        RoomsInMemory? rooms = null,
        Action<FanOutOptions>? configure = null,
        Action<HistoryOptions>? history = null)
    {
        var fanOut = new FanOutUnderTest(rooms, configure, history);
        var credentials = fanOut._worker.Services.GetRequiredService<CallbackCredentials>();
        await credentials.StartAsync(cancellation);
        await credentials.StopAsync(cancellation); // they are there; the timer of their renewal would be one that no post waits for
        await fanOut._worker.Services.GetRequiredService<StaleConnections>().StartAsync(cancellation);
        return fanOut;
    }

    /// <summary>Connections that have been open for an hour.</summary>
    /// <param name="count">How many.</param>
    /// <param name="room">Where.</param>
    /// <param name="endpointOf">The endpoint of each, by its number; usually all have the same.</param>
    public IReadOnlyList<string> AddConnections(int count, string room = Room.Everyone, Func<int, string>? endpointOf = null)
    {
        var ids = Enumerable.Range(0, count).Select(number => $"{room}-{number:00000}=").ToList();
        var connectedAt = Time.GetUtcNow() - TimeSpan.FromHours(1);
        for (var number = 0; number < count; number++)
        {
            if (endpointOf is null) Rooms.Add(room, ids[number], connectedAt);
            else Rooms.Add(room, ids[number], connectedAt, endpoint: endpointOf(number));
        }

        return ids;
    }

    public void AddConnection(string id, TimeSpan age, string room = Room.Everyone, Dialect dialect = Dialect.Plain) =>
        Rooms.Add(room, id, Time.GetUtcNow() - age, dialect: dialect);

    /// <summary>Hands the consumer one message as the pump does; ends when the message could be deleted.</summary>
    /// <param name="messageId">Its id.</param>
    /// <param name="text">What the client wrote.</param>
    /// <param name="room">Where.</param>
    /// <param name="isRedelivered">Whether it was received before.</param>
    /// <param name="kill">Ends the work at once, as a lost lease does.</param>
    public Task ConsumeAsync(
        string messageId, string text, string room = Room.Everyone, bool isRedelivered = false, CancellationTokenSource? kill = null) =>
        ConsumeAsync(
            new MessagePosted
            {
                MessageId = messageId,
                ConnectionId = "sender=",
                Room = room,
                Message = text,
                PostedAt = Time.GetUtcNow(),
            },
            isRedelivered,
            kill);

    /// <inheritdoc cref="ConsumeAsync(string, string, string, bool, CancellationTokenSource)"/>
    public Task ConsumeAsync(MessagePosted posted, bool isRedelivered = false, CancellationTokenSource? kill = null) =>
        DispatchAsync<MessagePostedConsumer>(RouteEventJson.Write(posted), isRedelivered ? 2 : 1, kill?.Token ?? Cancellation);

    public Task ConsumeAsync(MessageRemoved removed, bool isRedelivered = false, CancellationTokenSource? kill = null) =>
        DispatchAsync<MessageRemovedConsumer>(RouteEventJson.Write(removed), isRedelivered ? 2 : 1, kill?.Token ?? Cancellation);

    /// <summary>Ends when every frame to a sender was posted.</summary>
    public Task SendersToldAsync() => Services.GetRequiredService<SenderFrames>().WhenIdleAsync();

    /// <summary>Hands an event that a worker has sent to itself, perhaps another worker, to its consumer.</summary>
    public Task ConsumeAsync(SentEvent sent, int receiveCount = 1, CancellationToken? killed = null) => sent.Event switch
    {
        nameof(MessagesDelayed) => DispatchAsync<MessagesDelayedConsumer>(sent.Body, receiveCount, killed ?? _ending.Token),
        nameof(WalkDivided) => DispatchAsync<WalkDividedConsumer>(sent.Body, receiveCount, killed ?? _ending.Token),
        _ => throw new ArgumentException($"The fan-out sends itself no {sent.Event}.", nameof(sent)),
    };

    /// <summary>Tells the fan-out, as the registry does, that a connection came into a room and may have missed messages.</summary>
    public Task ConsumeMissedAsync(string connectionId, DateTimeOffset since, string room = Room.Everyone) =>
        ConsumeMissedAsync(new MessagesMissed
        {
            ConnectionId = connectionId,
            ConnectedAt = since,
            CallbackEndpoint = "https://ws.example.com/prod",
            Room = room,
            Since = since,
        });

    public Task ConsumeMissedAsync(MessagesMissed missed) =>
        DispatchAsync<MessagesMissedConsumer>(RouteEventJson.Write(missed), receiveCount: 1, Cancellation);

    /// <summary>Moves the clock from timer to timer until the condition holds, but not while a post is under way: it would be late.</summary>
    public async Task PassTimeUntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            Cancellation.ThrowIfCancellationRequested();
            if (await IsQuietAsync()) Time.Advance(Time.ArmedTimers[0]);
            else await Patiently.UntilAsync("the timer's work to be done", () => holds() || IsTimerNear(), Cancellation);
        }
    }

    /// <summary>Waits until only time could make the worker go on.</summary>
    public async Task UntilQuietAsync()
    {
        while (!await IsQuietAsync()) await Patiently.UntilAsync("the timer's work to be done", IsTimerNear, Cancellation);
    }

    /// <summary>What has just ended shows in no count, and may be about to begin something else. So others get their turn between two looks.</summary>
    private async Task<bool> IsQuietAsync()
    {
        for (var look = 0; look < 3; look++)
        {
            if (!IsTimerNear()) return false;
            await Task.Run(() => { }, Cancellation);
        }

        return IsTimerNear();
    }

    // Credentials are refreshed much later than anything that is waited for here.
    private bool IsTimerNear() => _inFlight.Ask("chatevents.posts.in_flight") == Gateway.Hanging
        && IsEveryConsumerPausing() && Time.ArmedTimers is [var next, ..] && next < TimeSpan.FromSeconds(10);

    // Only a late delivery waits for time to pass; the rest takes none, as it seems to the worker. One that a test consumes by itself
    // counts as pausing.
    private bool IsEveryConsumerPausing() => Volatile.Read(ref _consuming) is var consuming
        && consuming <= LateDeliveries.Count && (consuming > 0 || Volatile.Read(ref _unsettled) == 0);

    public async ValueTask DisposeAsync()
    {
        _inFlight.Dispose();
        await _ending.CancelAsync();
        // What does not end is left behind: a test that has failed must not hold up those after it.
        await Task.WhenAll(_groups.Values).WaitAsync(Patiently.DefaultPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        await _worker.DisposeAsync();
        Assert.Empty(Rooms.Guard.Refused.Concat(Sqs.Guard.Refused));
    }

    private void Receive(SentEvent sent)
    {
        if (HoldsEventsBack || sent.Queue is not (QueueNames.Late or QueueNames.Walks))
            return;

        Interlocked.Increment(ref _unsettled);
        lock (_gate) _groups[sent.Group!] = ConsumeBehindAsync(_groups.GetValueOrDefault(sent.Group!, Task.CompletedTask), sent);
    }

    private async Task ConsumeBehindAsync(Task before, SentEvent sent)
    {
        await before;
        await Task.Yield();
        Interlocked.Increment(ref _consuming);
        await ConsumeAsync(sent);
        Interlocked.Decrement(ref _consuming);
        Interlocked.Decrement(ref _unsettled);
    }

    private Task DispatchAsync<TConsumer>(string body, int receiveCount, CancellationToken cancellation)
        where TConsumer : class, IConsumer =>
        _worker.Services.GetRequiredService<IReceiveEndpointDispatcherFactory>()
            .CreateConsumerReceiver<TConsumer>(typeof(TConsumer).Name)
            .Dispatch(
                Encoding.UTF8.GetBytes(body),
                new Dictionary<string, object> { ["ApproximateReceiveCount"] = $"{receiveCount}" },
                cancellation,
                new ReceivedMessage { MessageId = "of a test", Body = Encoding.UTF8.GetBytes(body), ReceiveCount = receiveCount });
}
