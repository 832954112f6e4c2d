using Amazon.CDK;
using Amazon.CDK.AWS.SQS;
using ChatEvents.Contracts;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Data;

/// <summary>The queues of route events, each with its dead-letter queue.</summary>
public sealed class ChatQueues : Construct
{
    // The longest time that SQS keeps a message, so that dead letters are still there after a long holiday.
    private static readonly Duration DeadLetterRetention = Duration.Days(14);

    // SQS's default. Longer would be pointless: a connection has ended long before.
    private static readonly Duration Retention = Duration.Days(4);

    public ChatQueues(Construct scope, string id, WorkerHosting workers)
        : base(scope, id)
    {
        Connections = Create("Connections", new QueueProps { VisibilityTimeout = HiddenFor(workers, FunctionTimeouts.Registry) });
        Messages = Create("Messages", InOrder(workers));
        Walks = Create("Walks", InOrder(workers));
        Late = Create("Late", InOrder(workers), MaxReceives.OfLate);
    }

    /// <summary>Opened and closed connections; a standard queue.</summary>
    public QueueWithDeadLetters Connections { get; }

    /// <summary>Chat messages; a FIFO queue, message group = room.</summary>
    public QueueWithDeadLetters Messages { get; }

    /// <summary>Shards of large rooms, for any worker that is free; a FIFO queue, message group = shard.</summary>
    public QueueWithDeadLetters Walks { get; }

    /// <summary>Deliveries that a walk did not wait for; a FIFO queue, message group = connection.</summary>
    public QueueWithDeadLetters Late { get; }

    /// <summary>The queues that the fan-out consumes.</summary>
    public IReadOnlyList<QueueWithDeadLetters> OfFanOut => [Messages, Walks, Late];

    public IReadOnlyList<QueueWithDeadLetters> All => [Connections, Messages, Walks, Late];

    private static QueueProps InOrder(WorkerHosting workers) => new()
    {
        VisibilityTimeout = HiddenFor(workers, FunctionTimeouts.FanOut),
        Fifo = true,
        ContentBasedDeduplication = false,
        // High throughput: quotas apply per message group, not to the whole queue.
        DeduplicationScope = DeduplicationScope.MESSAGE_GROUP,
        FifoThroughputLimit = FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    };

    /// <summary>
    /// How long the messages of a killed worker stay hidden. A container renews this time with its lease. Nothing renews it for a function:
    /// AWS recommends six times the function's timeout, so that a batch that waits for its turn stays hidden too.
    /// </summary>
    private static Duration HiddenFor(WorkerHosting workers, Duration functionTimeout) =>
        workers == WorkerHosting.Lambda ? Duration.Seconds(6 * functionTimeout.ToSeconds()) : Duration.Seconds(30);

    private QueueWithDeadLetters Create(string name, QueueProps kind, int maxReceives = MaxReceives.ByDefault)
    {
        var deadLetters = new Queue(this, $"{name}DeadLetters", new QueueProps
        {
            Fifo = kind.Fifo,
            Encryption = QueueEncryption.SQS_MANAGED,
            EnforceSSL = true,
            RetentionPeriod = DeadLetterRetention,
        });
        var queue = new Queue(this, name, new QueueProps
        {
            Fifo = kind.Fifo,
            ContentBasedDeduplication = kind.ContentBasedDeduplication,
            DeduplicationScope = kind.DeduplicationScope,
            FifoThroughputLimit = kind.FifoThroughputLimit,
            DeadLetterQueue = new DeadLetterQueue { Queue = deadLetters, MaxReceiveCount = maxReceives },
            Encryption = QueueEncryption.SQS_MANAGED,
            EnforceSSL = true,
            ReceiveMessageWaitTime = Duration.Seconds(20),
            RetentionPeriod = Retention,
            VisibilityTimeout = kind.VisibilityTimeout,
        });
        return new(name, queue, deadLetters);
    }
}

/// <param name="Name">Such as <c>Connections</c>, for titles.</param>
/// <param name="Queue">The queue of the events.</param>
/// <param name="DeadLetters">The queue to which SQS moves messages that failed too often.</param>
public sealed record QueueWithDeadLetters(string Name, Queue Queue, Queue DeadLetters);
