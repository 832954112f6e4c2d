using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Receiving from {Queue}.")]
    public static partial void Receiving(ILogger log, string queue);

    [LoggerMessage(2, LogLevel.Warning, "Receiving from {Queue} failed; retrying with growing pauses.")]
    public static partial void ReceiveFailed(ILogger log, string queue, Exception failure);

    [LoggerMessage(3, LogLevel.Error, "Cannot receive from {Queue}: {Reason} Manual action needed. Retrying every 30 s.")]
    public static partial void CannotReceive(ILogger log, string queue, string reason);

    [LoggerMessage(4, LogLevel.Information, "Stopped receiving from {Queue}; {InHand} messages in hand are being finished.")]
    public static partial void Draining(ILogger log, string queue, int inHand);

    // Without the stack trace: it comes with the last failure, and a message that fails five times would else say it five times.
    [LoggerMessage(5, LogLevel.Warning, "Message {MessageId} failed at receive {ReceiveCount} and goes back to {Queue}: {Reason}")]
    public static partial void Failed(ILogger log, string messageId, int receiveCount, string queue, string reason);

    [LoggerMessage(
        6, LogLevel.Error, "Message {MessageId} failed at receive {ReceiveCount}, its last; {Queue} will make it a dead letter.")]
    public static partial void FailedForGood(ILogger log, string messageId, int receiveCount, string queue, Exception failure);

    [LoggerMessage(7, LogLevel.Error, "Message {MessageId} in {Queue} cannot be read (receive {ReceiveCount}): {Reason}")]
    public static partial void Unreadable(ILogger log, string messageId, string queue, int receiveCount, string reason);

    /// <summary>The level depends on the reason: a lost lease means that the timeout is too short or the worker too slow.</summary>
    public static void Dropped(ILogger log, string messageId, string queue, WorkOutcome because, Exception failure)
    {
        if (because is WorkOutcome.LeaseLost) LeaseLost(log, messageId, queue);
        else if (because is WorkOutcome.Abandoned) Abandoned(log, messageId, queue);
        else OutOfTurn(log, messageId, queue);
        if (failure is not OperationCanceledException) FailedWhenDropped(log, messageId, failure);
    }

    [LoggerMessage(8, LogLevel.Warning, "The lease of message {MessageId} of {Queue} is lost; its work was cancelled.")]
    private static partial void LeaseLost(ILogger log, string messageId, string queue);

    [LoggerMessage(9, LogLevel.Debug, "Message {MessageId} is returned to {Queue} because an earlier one of its group is.")]
    private static partial void OutOfTurn(ILogger log, string messageId, string queue);

    [LoggerMessage(10, LogLevel.Information, "Message {MessageId} was not finished in time and is returned to {Queue}.")]
    private static partial void Abandoned(ILogger log, string messageId, string queue);

    [LoggerMessage(14, LogLevel.Debug, "The handler of message {MessageId} failed after it was told to stop.")]
    private static partial void FailedWhenDropped(ILogger log, string messageId, Exception failure);

    [LoggerMessage(11, LogLevel.Debug, "The receipt of message {MessageId} is dead; its next receiver settles it.")]
    public static partial void ReceiptDied(ILogger log, string messageId);

    [LoggerMessage(12, LogLevel.Warning, "Message {MessageId} is done but could not be deleted; it will be delivered again.")]
    public static partial void DeleteFailed(ILogger log, string messageId, Exception failure);

    [LoggerMessage(
        13,
        LogLevel.Warning,
        "Message {MessageId} could not be returned; it becomes visible at {HiddenUntil:O} at the latest.")]
    public static partial void ReturnFailed(ILogger log, string messageId, DateTimeOffset hiddenUntil, Exception failure);
}
