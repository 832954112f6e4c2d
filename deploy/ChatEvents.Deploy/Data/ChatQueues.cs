using Amazon.CDK;
using Amazon.CDK.AWS.SQS;
using ChatEvents.Contracts;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy.Data;

/// <summary>The queues of route events, each with its dead letters.</summary>
public sealed class ChatQueues : Construct
{
    // The longest that SQS keeps a message: a dead letter found after a long holiday is still there.
    private static readonly Duration DeadLetterRetention = Duration.Days(14);

    // SQS's default. Work that lasts four days is worth keeping; a connection has ended long before.
    private static readonly Duration Retention = Duration.Days(4);

    public ChatQueues(Construct scope, string id, WorkerHosting workers)
        : base(scope, id)
    {
        Connections = Create("Connections", new QueueProps { VisibilityTimeout = HiddenFor(workers, FunctionWorkers.RegistryTimeout) });
        Messages = Create("Messages", InOrder(workers));
        Walks = Create("Walks", InOrder(workers));
        Late = Create("Late", InOrder(workers), MaxReceives.OfLate);
    }

    /// <summary>Opened and closed connections; a standard queue.</summary>
    public QueueWithDeadLetters Connections { get; }

    /// <summary>Chat messages; a FIFO queue, message group = room.</summary>
    public QueueWithDeadLetters Messages { get; }

    /// <summary>Shards of large rooms, for whichever worker is free; a FIFO queue, message group = shard.</summary>
    public QueueWithDeadLetters Walks { get; }

    /// <summary>What a walk did not wait for; a FIFO queue, message group = connection.</summary>
    public QueueWithDeadLetters Late { get; }

    /// <summary>What the fan-out consumes.</summary>
    public IReadOnlyList<QueueWithDeadLetters> OfFanOut => [Messages, Walks, Late];

    public IReadOnlyList<QueueWithDeadLetters> All => [Connections, Messages, Walks, Late];

    private static QueueProps InOrder(WorkerHosting workers) => new()
    {
        VisibilityTimeout = HiddenFor(workers, FunctionWorkers.FanOutTimeout),
        Fifo = true,
        ContentBasedDeduplication = false,
        // High throughput: quotas count per message group instead of for the whole queue.
        DeduplicationScope = DeduplicationScope.MESSAGE_GROUP,
        FifoThroughputLimit = FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    };

    /// <summary>
    /// How long the messages of a worker that was killed wait. The lease of a container renews it in time. Nothing renews it for a
    /// function; AWS asks for six times what an invocation may take, so that a batch which waits for its turn stays hidden as well.
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
/// <param name="Queue">Where the events travel.</param>
/// <param name="DeadLetters">Where SQS moves what could not be worked off.</param>
public sealed record QueueWithDeadLetters(string Name, Queue Queue, Queue DeadLetters);
