using System.Collections.Concurrent;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.Queues;

/// <summary>A queue of its own with its dead letters on a real server, a publisher to it, and pumps that take from it.</summary>
internal sealed class QueuesUnderTest : IAsyncDisposable
{
    private readonly List<(Task Running, CancellationTokenSource Stopping, CancellationTokenSource Abandoning)> _pumps = [];

    private QueuesUnderTest(IAmazonSQS sqs, string queue, string deadLetters)
    {
        (Sqs, Queue, DeadLetters) = (sqs, queue, deadLetters);
        Publisher = new(sqs, new() { Connections = queue, Messages = queue });
    }

    public IAmazonSQS Sqs { get; }

    public string Queue { get; }

    public string DeadLetters { get; }

    public RouteEventPublisher Publisher { get; }

    /// <summary>Shorter times than in production, so that what is lost comes back within a test's patience.</summary>
    public QueueOptions Options { get; } = new() { VisibilityTimeout = TimeSpan.FromSeconds(5), ReturnDelay = TimeSpan.Zero };

    /// <summary>The bodies for which a handler returned, in that order.</summary>
    public ConcurrentQueue<string> Handled { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<QueuesUnderTest> CreateStandardAsync(EmulatorsFixture emulators) =>
        CreateAsync(emulators, EmulatorsFixture.Unique("connections"), EmulatorsFixture.Unique("connections-dead-letters"));

    public static Task<QueuesUnderTest> CreateFifoAsync(EmulatorsFixture emulators) =>
        CreateAsync(emulators, EmulatorsFixture.Unique("messages.fifo"), EmulatorsFixture.Unique("messages-dead-letters.fifo"));

    public static MessagePosted Posted(string room, string text) => new()
    {
        MessageId = $"{Guid.NewGuid():N}",
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        Room = room,
        Message = text,
        PostedAt = TimeProvider.System.GetUtcNow(),
    };

    public static ConnectionClosed Closed(string connectionId) => new()
    {
        ConnectionId = connectionId,
        ClosedAt = TimeProvider.System.GetUtcNow(),
        Because = ClosedBecause.Disconnected,
    };

    /// <summary>Starts a pump; returns how to end it by letting go of what it holds.</summary>
    public Func<Task> StartPump(HandleMessage? handle = null)
    {
        var (stopping, abandoning) = (new CancellationTokenSource(), new CancellationTokenSource());
        var pump = new QueuePump(new(Sqs, Queue, Options, Handle, TimeProvider.System, Jitter.Next, NullLogger.Instance));
        var running = pump.RunAsync(stopping.Token, abandoning.Token);
        _pumps.Add((running, stopping, abandoning));
        return async () =>
        {
            await abandoning.CancelAsync();
            await running.WaitAsync(Cancellation);
        };

        async Task Handle(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
        {
            if (handle is not null) await handle(message, turn, abandoned);
            Handled.Enqueue(TextOf(message));
        }
    }

    public static string TextOf(ReceivedMessage message) =>
        message.GroupId is null
            ? RouteEventJson.Read<ConnectionClosed>(message.Body, FakeTime.LongAfter).ConnectionId
            : RouteEventJson.Read<MessagePosted>(message.Body, FakeTime.LongAfter).Message;

    public Task SeeHandledAsync(int count, TimeSpan? patience = null) => Patiently.SeeAsync(
        $"{count} messages to be handled", () => Task.FromResult(Handled.Count), seen => seen >= count, Cancellation, patience);

    /// <summary>Waits for a dead letter and returns its body.</summary>
    public async Task<string> SeeDeadLetterAsync()
    {
        var url = (await Sqs.GetQueueUrlAsync(DeadLetters, Cancellation)).QueueUrl;
        var received = await Patiently.SeeAsync(
            "a dead letter",
            () => Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url) { WaitTimeSeconds = 1 }, Cancellation),
            seen => seen.Messages is { Count: > 0 },
            Cancellation);
        return received.Messages[0].Body;
    }

    /// <summary>Waits until the queue is empty, in flight and all.</summary>
    public async Task SeeEmptyAsync()
    {
        var url = (await Sqs.GetQueueUrlAsync(Queue, Cancellation)).QueueUrl;
        await Patiently.UntilAsync(
            "an empty queue",
            async () =>
            {
                var seen = await Sqs.GetQueueAttributesAsync(url, ["All"], Cancellation);
                return seen.Attributes["ApproximateNumberOfMessages"] == "0" && seen.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0";
            },
            Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pump in _pumps) await pump.Abandoning.CancelAsync();
        await Task.WhenAll(_pumps.Select(pump => pump.Running));
        Sqs.Dispose();
    }

    private static async Task<QueuesUnderTest> CreateAsync(EmulatorsFixture emulators, string queue, string deadLetters)
    {
        var sqs = emulators.CreateSqs();
        await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, MaxReceives.ByDefault, Cancellation);
        return new(sqs, queue, deadLetters);
    }
}
