using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Senders;

/// <summary>What is not delivered because of its sender, and what the sender hears of it.</summary>
public sealed partial class SenderAnswers(
    SenderLimits limits, SenderFrames frames, FanOutMeters meters, ILogger<SenderAnswers> logger)
{
    /// <summary>Whether a message is over the limit of its sender, who is told so then.</summary>
    public bool Refuse(MessagePosted posted)
    {
        var verdict = limits.Judge(posted);
        if (verdict == SenderVerdict.Delivered)
            return false;

        meters.CountRefused(ErrorCode.RateLimited);
        if (verdict == SenderVerdict.Told)
        {
            OverLimit(posted.ConnectionId);
            frames.Tell(posted, RateLimited(
                $"You send more than {limits.MessagesPerSecond} messages a second; this one was not delivered. Wait a second."));
        }
        else if (verdict == SenderVerdict.Disconnected)
        {
            frames.Disconnect(posted, RateLimited("You are disconnected, because you keep sending many more messages than are delivered."));
        }

        return true;
    }

    /// <param name="posted">The message.</param>
    /// <param name="bytes">What it has as it would be posted.</param>
    public void RefuseTooLarge(MessagePosted posted, int bytes)
    {
        TooLarge(posted.MessageId, bytes);
        meters.CountRefused(ErrorCode.TooLarge);
        frames.Tell(
            posted,
            new ErrorFrame(
                ErrorCode.TooLarge,
                $"Your message has {bytes} bytes as it would be sent, and was not delivered; at most {Limits.MaxGatewayMessageBytes} are possible."));
    }

    private static ErrorFrame RateLimited(string sentence) => new(ErrorCode.RateLimited, sentence) { RetryAfterSeconds = 1 };

    [LoggerMessage(LogLevel.Information, "{ConnectionId} sends more messages than its sender may; they are not delivered")]
    private partial void OverLimit(string connectionId);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} is too large to be posted: {Bytes} bytes. Nobody gets it.")]
    private partial void TooLarge(string messageId, int bytes);
}
