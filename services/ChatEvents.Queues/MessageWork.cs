using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>One message from its turn to its end: has it handled, finds what that means for its group, settles it.</summary>
internal sealed class MessageWork(HandledQueue source, Func<HeldMessage, WorkOutcome, Task> settle, MessagesInHand inHand)
{
    /// <summary>How long handlers have to notice that they shall let go. Then their messages go back, whatever they still do.</summary>
    public static readonly TimeSpan HandlerGrace = TimeSpan.FromSeconds(1);

    private readonly QueueMeters _meters = new(source.Queue);
    private readonly ILogger _log = source.Log;

    /// <param name="held">The message.</param>
    /// <param name="givingUp">Cancelled when handlers that were told to stop have had their time.</param>
    public async Task DoAsync(HeldMessage held, CancellationToken givingUp)
    {
        var receivedAt = source.Time.GetTimestamp();
        _meters.Received(held.Message, source.Time.GetUtcNow());

        // Handlers may run long before they first wait; the receive loop must not.
        await Task.Yield();

        var outcome = await HandleAsync(held, givingUp);
        var holds = await KeepsOrderAsync(held, outcome);
        if (outcome is WorkOutcome.Done && !holds) outcome = WorkOutcome.OutOfTurn;

        // Begun before those behind it are told: in a batch that they share they come after it.
        var settling = settle(held, outcome);
        held.Turn.Conclude(holds);
        await settling;
        _meters.Settled(outcome, source.Time.GetElapsedTime(receivedAt));
    }

    private async Task<WorkOutcome> HandleAsync(HeldMessage held, CancellationToken givingUp)
    {
        var message = held.Message;
        try
        {
            await held.Turn.MayBegin.WaitAsync(held.Dropped);
            held.Dropped.ThrowIfCancellationRequested();
            using var activity = _meters.StartWork(message);
            await source.Handle(message, held.Turn, held.Dropped).WaitAsync(givingUp);
            return WorkOutcome.Done;
        }
        catch (Exception failure) when (held.DroppedBecause is { } because)
        {
            Log.Dropped(_log, message.MessageId, source.Queue, because, failure);
            return because;
        }
        catch (UnreadableMessageException failure)
        {
            Log.Unreadable(_log, message.MessageId, source.Queue, message.ReceiveCount, failure.Message);
            return WorkOutcome.Unreadable;
        }
        catch (Exception failure)
        {
            if (IsLastChanceOf(message)) Log.FailedForGood(_log, message.MessageId, message.ReceiveCount, source.Queue, failure);
            else Log.Failed(_log, message.MessageId, message.ReceiveCount, source.Queue, $"{failure.GetType().Name}: {failure.Message}");
            return WorkOutcome.Failed;
        }
    }

    /// <summary>
    /// The order of a group holds if this message comes not again, or only to become a dead letter, and if the same is true of all
    /// before it. If not, those behind it go back as well; SQS keeps the group locked until the last of them has.
    /// </summary>
    private async Task<bool> KeepsOrderAsync(HeldMessage held, WorkOutcome outcome)
    {
        var isOver = outcome is WorkOutcome.Done or WorkOutcome.Unreadable
            || (outcome is WorkOutcome.Failed && IsLastChanceOf(held.Message));
        if (isOver) held.Turn.Yield();
        else inHand.SendBackWithFollowers(held);

        return await held.Turn.EarlierHold && isOver;
    }

    private bool IsLastChanceOf(ReceivedMessage message) => message.ReceiveCount >= source.Options.MaxReceiveCount;
}
