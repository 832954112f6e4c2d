using Amazon.SQS;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>A queue and how its messages are handled, for a <see cref="QueuePump"/> or for <see cref="QueueBatches"/>.</summary>
/// <param name="Sqs">Its client.</param>
/// <param name="Queue">Name or URL; a FIFO queue has the suffix <c>.fifo</c>, as in SQS.</param>
/// <param name="Options">How its messages are received; already checked.</param>
/// <param name="Handle">Does the work.</param>
/// <param name="Time">The clock of leases and pauses.</param>
/// <param name="Jitter">Numbers from 0 to 1; <see cref="Contracts.Jitter.Next"/> but for tests.</param>
/// <param name="Log">For operators.</param>
public sealed record HandledQueue(
    IAmazonSQS Sqs, string Queue, QueueOptions Options, HandleMessage Handle, TimeProvider Time, Func<double> Jitter, ILogger Log)
{
    /// <summary>Closed while no messages should be taken; always open unless the host has one.</summary>
    public QueueGate Gate { get; init; } = new();

    public bool IsFifo => Queue.EndsWith(QueueSetup.FifoSuffix, StringComparison.Ordinal);
}
