using System.Collections.Concurrent;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// Handles batches that an event source mapping of AWS Lambda receives, and whose finished messages it deletes. The rules are those of the
/// pump: messages of one group in order, different groups in parallel, and a failed message is returned with all messages after it. No
/// lease is renewed, so the queue's visibility timeout must be longer than the work on a batch.
/// </summary>
public sealed class QueueBatches
{
    /// <summary>
    /// How long a message stays hidden whose invocation ended in an outage. Four of these are ten minutes, so that five receives outlast an
    /// outage of that length.
    /// </summary>
    private static readonly TimeSpan OutageDelay = TimeSpan.FromSeconds(150);

    private readonly HandledQueue _source;
    private readonly ReceiptRequests _requests;

    /// <param name="source">Its options for receiving, leases and deletes are not used.</param>
    public QueueBatches(HandledQueue source) => (_source, _requests) = (source, new(source, new(source.Sqs)));

    /// <summary>
    /// Handles one batch in the order received. Before it returns, it schedules unfinished messages to become visible after their delay.
    /// The mapping would leave them hidden for the whole visibility timeout, and their group would wait that long.
    /// </summary>
    /// <param name="batch">As it was received.</param>
    /// <param name="abandoning">Give up what is in hand: cancel the handlers and return the messages to the queue.</param>
    /// <returns>The ids of the messages that are not done and must not be deleted.</returns>
    public async Task<IReadOnlyList<string>> HandleAsync(IReadOnlyList<Message> batch, CancellationToken abandoning)
    {
        using var givingUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _source.Time);
        await using var grace = abandoning.Register(() => givingUp.CancelAfter(MessageWork.HandlerGrace));
        var inHand = new MessagesInHand();
        var settlement = new Settlement(_source, _requests, inHand);
        var notDone = new ConcurrentDictionary<string, WorkOutcome>();
        var work = new MessageWork(_source, SettleAsync, inHand);

        // All are in hand before the first begins, so that a failing message finds those after it.
        var held = batch.Select(ReceivedMessage.From).Select(TakeInHand).Where(inHand.TryAdd).ToList();
        await Task.WhenAll(held.Select(WorkAsync));
        return [.. batch.Select(message => message.MessageId).Where(notDone.ContainsKey)];

        async Task WorkAsync(HeldMessage message)
        {
            await using var lettingGo = abandoning.Register(() => message.Drop(WorkOutcome.Abandoned));
            await work.DoAsync(message, givingUp.Token);
        }

        async Task SettleAsync(HeldMessage message, WorkOutcome outcome)
        {
            if (outcome is WorkOutcome.Done) return;
            notDone[message.Message.MessageId] = outcome;
            if (outcome is WorkOutcome.Abandoned && _source.Gate.Trouble is not null) await settlement.ReturnAsync(message, OutageDelay);
            else await settlement.SettleAsync(message, outcome);
        }
    }

    // The visibility timeout of the queue is not known here. SQS says when a receipt is dead.
    private HeldMessage TakeInHand(ReceivedMessage message) =>
        new(message, new(message.Receipt, SqsLimits.MaxVisibilityTimeout, _requests, _source.Time));
}
