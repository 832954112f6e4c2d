using Amazon.SQS;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>
/// Does the work that one message asks for. Returning means done: the message is deleted. Throwing means not done: it goes back to the
/// queue. <paramref name="abandoned"/> is cancelled when the message is no longer ours to work on: its lease is lost, an earlier one of
/// its group goes back, or the pump has to let go.
/// </summary>
public delegate Task HandleMessage(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned);

public sealed class QueuePump
{
    public QueuePump(
        IAmazonSQS sqs, string queue, QueueOptions options, HandleMessage handle, TimeProvider time, Func<double> jitter, ILogger log) =>
        Queue = queue;

    /// <summary>Name or URL.</summary>
    public string Queue { get; }

    /// <summary>Whether the latest receive was answered.</summary>
    public bool IsReceiving { get; private set; }

    public string WhyNotReceiving { get; private set; } = "";

    public Task RunAsync(CancellationToken stopping, CancellationToken abandoning) =>
        throw new NotSupportedException("The receive loop comes with the next change.");
}
