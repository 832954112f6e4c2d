using System.Globalization;

namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the table of recent messages. The fan-out worker writes each message there before its walk begins, so that a
/// connection whose membership was written too late for the walk can catch up. <c>docs/no-gap.md</c> explains why no message is lost.
/// </summary>
public static class RecentMessages
{
    /// <summary>Default table name. One item per message, partition key <see cref="Room"/>, sort key <see cref="Position"/>.</summary>
    public const string Table = "ChatRecent";

    /// <summary>String.</summary>
    public const string Room = "room";

    /// <summary>String: the time of writing in ticks (<see cref="PositionAt"/>), and the message id.</summary>
    public const string Position = "position";

    public const string MessageId = "messageid";

    /// <summary>String: the text as it is posted.</summary>
    public const string Text = "text";

    /// <summary>Number, epoch milliseconds: <see cref="MessagePosted.PostedAt"/>.</summary>
    public const string PostedAt = "postedat";

    /// <summary>Number: epoch <em>seconds</em>, for DynamoDB's TTL.</summary>
    public const string TimeToLive = RegistryTables.TimeToLive;

    /// <summary>
    /// As long as a connection that lacks the message can exist: the log reaches back far enough, however late a membership is written.
    /// </summary>
    public static readonly TimeSpan Life = Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin;

    /// <summary>
    /// How far the clock of a worker, which sets the position, may be behind that of the gateway, which stamps connections and messages.
    /// AWS keeps its clocks within milliseconds of each other.
    /// </summary>
    private static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Partition key of the deliveries that a room still owes to late connections: one item per connection and walk. No room can have such
    /// a name, and the registry does not read it.
    /// </summary>
    public static string OwedIn(string room) => $"{room}#owed";

    /// <summary>Where to start reading to find everything posted at an instant or later, whichever worker wrote it.</summary>
    public static string FirstPositionSince(DateTimeOffset instant) => PositionAt(instant - ClockMargin);

    /// <summary>The first part of the position of a message that is written at an instant.</summary>
    public static string PositionAt(DateTimeOffset instant) => instant.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);
}
