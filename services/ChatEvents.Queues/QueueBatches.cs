using System.Collections.Concurrent;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// Has batches handled that somebody else receives, and deletes message by message as told: an event source mapping of AWS Lambda. The
/// rules are the pump's: the messages of one group in order, those of different groups at once, and what failed goes back along with
/// all that came behind it. No lease is renewed, so the queue's visibility timeout must outlast the work on a batch.
/// </summary>
public sealed class QueueBatches
{
    private readonly HandledQueue _source;
    private readonly ReceiptRequests _requests;

    /// <param name="source">Its options about receiving, leases and deleting are not used.</param>
    public QueueBatches(HandledQueue source) => (_source, _requests) = (source, new(source, new(source.Sqs)));

    /// <summary>
    /// Handles one batch, in the order in which it was received. What is not done has been made visible again after its delay by the
    /// time this ends; left to the mapping, it would stay hidden for the whole visibility timeout, and a group would wait that long.
    /// </summary>
    /// <param name="batch">As it was received.</param>
    /// <param name="abandoning">Let go of what is in hand: cancel its handlers and return it to the queue.</param>
    /// <returns>The ids of the messages that are not done and must not be deleted.</returns>
    public async Task<IReadOnlyList<string>> HandleAsync(IReadOnlyList<Message> batch, CancellationToken abandoning)
    {
        using var givingUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _source.Time);
        await using var grace = abandoning.Register(() => givingUp.CancelAfter(MessageWork.HandlerGrace));
        var inHand = new MessagesInHand();
        var settlement = new Settlement(_source, _requests, inHand);
        var notDone = new ConcurrentDictionary<string, WorkOutcome>();
        var work = new MessageWork(_source, SettleAsync, inHand);

        // All are in hand before the first begins, so that one that fails finds those behind it.
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
            await settlement.SettleAsync(message, outcome);
        }
    }

    // How long the queue hides what it hands out is not known here. SQS says when a receipt is dead.
    private HeldMessage TakeInHand(ReceivedMessage message) =>
        new(message, new(message.Receipt, SqsLimits.MaxVisibilityTimeout, _requests, _source.Time));
}
