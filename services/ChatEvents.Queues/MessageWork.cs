using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>
/// Handles one message: waits for its turn, calls the handler, finds out what the outcome means for the group, and settles the message.
/// </summary>
internal sealed class MessageWork(HandledQueue source, Func<HeldMessage, WorkOutcome, Task> settle, MessagesInHand inHand)
{
    /// <summary>
    /// How long handlers have to notice that they must stop. Then their messages are returned, even if a handler is still running.
    /// </summary>
    public static readonly TimeSpan HandlerGrace = TimeSpan.FromSeconds(1);

    private readonly QueueMeters _meters = new(source.Queue);
    private readonly ILogger _log = source.Log;

    /// <param name="held">The message.</param>
    /// <param name="givingUp">Cancelled when the time of handlers that were told to stop is over.</param>
    public async Task DoAsync(HeldMessage held, CancellationToken givingUp)
    {
        var receivedAt = source.Time.GetTimestamp();
        _meters.Received(held.Message, source.Time.GetUtcNow());

        // A handler may run for long before its first await; the receive loop must not wait for it.
        await Task.Yield();

        var outcome = await HandleAsync(held, givingUp);
        var holds = await KeepsOrderAsync(held, outcome);
        if (outcome is WorkOutcome.Done && !holds) outcome = WorkOutcome.OutOfTurn;

        // Started before the next messages are told, so that they come after this one in a shared batch.
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
    /// Order holds if neither this message nor an earlier one of its group is redelivered, except to become a dead letter. If not, the
    /// messages after it are returned as well; SQS keeps the group locked until the last of them is.
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
