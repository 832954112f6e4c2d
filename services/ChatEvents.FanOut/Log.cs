using System.Text;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut;

/// <summary>What the fan-out says for each chat message: one line, whatever the number of connections.</summary>
internal static partial class Log
{
    public static void Walked(ILogger logger, MessageTally tally, TimeSpan took)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;

        var others = new StringBuilder();
        Add(tally[DeliveryOutcome.Gone], "gone");
        Add(tally[DeliveryOutcome.Forbidden], "forbidden");
        Add(tally.HandedOn, "late");
        if (others.Length > 0) others.Append(')');
        Delivered(logger, tally.Message.MessageId, tally[DeliveryOutcome.Delivered], tally.Room, (long)took.TotalMilliseconds, others);

        void Add(int connections, string what)
        {
            if (connections > 0)
                others.Append(others.Length == 0 ? " (" : ", ").Append(connections).Append(' ').Append(what);
        }
    }

    [LoggerMessage(LogLevel.Information, "Delivered {MessageId} to {Connections} connections of {Room} in {Milliseconds} ms{Others}")]
    private static partial void Delivered(
        ILogger logger, string messageId, int connections, string room, long milliseconds, StringBuilder others);

    [LoggerMessage(LogLevel.Debug, "Walked {Messages} messages over {Scope}")]
    public static partial void WalkedShard(ILogger logger, int messages, WalkScope scope);

    [LoggerMessage(LogLevel.Information, "{ConnectionId} caught up with {Messages} messages of {Room}")]
    public static partial void CaughtUp(ILogger logger, string connectionId, int messages, string room);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} is too large to be posted: {Bytes} bytes. Nobody gets it.")]
    public static partial void TooLarge(ILogger logger, string messageId, int bytes);
}
