using System.Globalization;

namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the table of recent messages: the fan-out worker writes each message there before its walk begins, so that a
/// connection can catch up whose membership was written too late for the walk. <c>docs/no-gap.md</c> tells why nothing falls between.
/// </summary>
public static class RecentMessages
{
    /// <summary>Table by default: one item per message, partition key <see cref="Room"/>, sort key <see cref="Position"/>.</summary>
    public const string Table = "ChatRecent";

    /// <summary>String.</summary>
    public const string Room = "room";

    /// <summary>String: the instant of writing in ticks, see <see cref="PositionAt"/>, and the message id.</summary>
    public const string Position = "position";

    public const string MessageId = "messageid";

    /// <summary>String: the text as it is posted.</summary>
    public const string Text = "text";

    /// <summary>Number, epoch milliseconds: <see cref="MessagePosted.PostedAt"/>.</summary>
    public const string PostedAt = "postedat";

    /// <summary>Number, epoch <em>seconds</em>, as DynamoDB's TTL wants it.</summary>
    public const string TimeToLive = RegistryTables.TimeToLive;

    /// <summary>
    /// As long as there can be a connection that has not got it: however late a membership is written, the log reaches back.
    /// </summary>
    public static readonly TimeSpan Life = Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin;

    /// <summary>
    /// How far the clock of a worker, which makes the position, may be behind the gateway's, which stamps connections and messages. AWS
    /// keeps them within milliseconds.
    /// </summary>
    private static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Partition key of what a room still owes to connections that were late: one item per connection and walk. No room has such a name,
    /// and the registry does not look here.
    /// </summary>
    public static string OwedIn(string room) => $"{room}#owed";

    /// <summary>Where to begin to read what was posted at an instant and later, whichever worker wrote it.</summary>
    public static string FirstPositionSince(DateTimeOffset instant) => PositionAt(instant - ClockMargin);

    /// <summary>The start of the position of what is written at an instant.</summary>
    public static string PositionAt(DateTimeOffset instant) => instant.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);
}
