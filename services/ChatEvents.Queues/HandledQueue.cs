using Amazon.SQS;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>
/// A queue, and how its messages are handled: what a <see cref="QueuePump"/> is made of as well as <see cref="QueueBatches"/>, so that
/// the same messages may be fed by either.
/// </summary>
/// <param name="Sqs">Its client.</param>
/// <param name="Queue">Name or URL; FIFO by its suffix, as in SQS.</param>
/// <param name="Options">How its messages are taken; checked.</param>
/// <param name="Handle">Does the work.</param>
/// <param name="Time">The clock of leases and pauses.</param>
/// <param name="Jitter">Numbers from 0 to 1; <see cref="Contracts.Jitter.Next"/> but for tests.</param>
/// <param name="Log">Says what an operator wants to know.</param>
public sealed record HandledQueue(
    IAmazonSQS Sqs, string Queue, QueueOptions Options, HandleMessage Handle, TimeProvider Time, Func<double> Jitter, ILogger Log)
{
    public bool IsFifo => Queue.EndsWith(QueueSetup.FifoSuffix, StringComparison.Ordinal);
}
