using System.Buffers;
using System.Globalization;

namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the log of each room. The fan-out worker writes each message there before its walk begins, which gives the message
/// its number. A connection whose membership was written too late for the walk catches up from the log, and clients of the JSON dialect ask
/// for their history there. <c>docs/no-gap.md</c> explains why no message is lost.
/// </summary>
public static class RecentMessages
{
    /// <summary>Default table name. One item per message, partition key <see cref="Room"/>, sort key <see cref="Position"/>.</summary>
    public const string Table = "ChatRecent";

    /// <summary>String.</summary>
    public const string Room = "room";

    /// <summary>String: epoch and number, see <see cref="PositionOf"/>. The item at <see cref="EpochPosition"/> is no message.</summary>
    public const string Position = "position";

    /// <summary>
    /// String: a text made with the room's first message. Numbers begin again with each epoch: when the whole log of the room has expired. Texts
    /// of later epochs sort behind those of earlier ones.
    /// </summary>
    public const string Epoch = "epoch";

    /// <summary>Number: of the message in its room and epoch, from 1 without a hole, in the order in which everybody hears them.</summary>
    public const string Seq = "seq";

    /// <summary>String.</summary>
    public const string MessageId = "messageid";

    /// <summary>String: <see cref="MessagePosted.Message"/>, absent when it is empty or removed.</summary>
    public const string Message = "message";

    /// <summary>String: <see cref="MessagePosted.Data"/>, absent without and when it is removed.</summary>
    public const string Data = "data";

    /// <summary>String: <see cref="MessagePosted.User"/>; absent without one.</summary>
    public const string User = "user";

    /// <summary>String: <see cref="MessagePosted.Name"/>; absent without one.</summary>
    public const string Name = "name";

    /// <summary>String: <see cref="MessagePosted.Guest"/>; absent without one.</summary>
    public const string Guest = "guest";

    /// <summary>String: <see cref="MessagePosted.Server"/>; absent without one.</summary>
    public const string Server = "server";

    /// <summary>String: <see cref="MessagePosted.ConnectionId"/>, for the fan-out's template. No client gets to know it.</summary>
    public const string ConnectionId = RegistryTables.ConnectionId;

    /// <summary>Number, epoch milliseconds: <see cref="MessagePosted.PostedAt"/>.</summary>
    public const string PostedAt = "postedat";

    /// <summary>Number, epoch milliseconds: when the item was written, by the worker's clock.</summary>
    public const string LoggedAt = "loggedat";

    /// <summary>Bool, absent if false: the message was removed. It keeps its number, so that there is no hole.</summary>
    public const string Removed = "removed";

    /// <summary>
    /// String: the text as it is posted, in items of versions before there were numbers. They have positions of their own; see
    /// <see cref="IsOldPosition"/>.
    /// </summary>
    public const string OldText = "text";

    /// <summary>Number: epoch <em>seconds</em>, for DynamoDB's TTL. It never falls from one number to the next.</summary>
    public const string TimeToLive = RegistryTables.TimeToLive;

    /// <summary>
    /// Sort key of the item that names the latest epoch in <see cref="Epoch"/>. Epochs begin by a conditional write of this item. It
    /// sorts before all messages.
    /// </summary>
    public const string EpochPosition = "0";

    /// <summary>Before and behind all numbered messages of a room: epochs begin with a digit above 0.</summary>
    public const string BeforePositions = "1", BehindPositions = ":";

    /// <summary>What is noted of a message that is no message itself has this behind the position: its removal.</summary>
    private const char RemovalMark = '!';

    /// <summary>Digits of a number in a position.</summary>
    private const int SeqDigits = 12;

    public const long MaxSeq = 999_999_999_999;

    private static readonly SearchValues<char> Random = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    private const int MillisecondDigits = 13, RandomCharacters = 6;

    private const int EpochLength = MillisecondDigits + 1 + RandomCharacters;

    private const int PositionLength = EpochLength + 1 + SeqDigits;

    /// <summary>Digits of the time of writing in an old position.</summary>
    private const int TicksLength = 19;

    /// <summary>
    /// As long as a connection that lacks the message can exist: the log must reach back so far at least, however late a membership is written.
    /// </summary>
    public static readonly TimeSpan Life = Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin;

    /// <summary>
    /// How far the clock of a worker, which notes the time of writing, may be from that of the gateway, which stamps connections and
    /// messages. AWS keeps its clocks within milliseconds of each other.
    /// </summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Partition key of the deliveries that a room still owes to late connections: one item per connection and walk. No room can have such
    /// a name, and neither the registry nor history reads it.
    /// </summary>
    public static string OwedIn(string room) => $"{room}#owed";

    /// <summary>The sort key of a message.</summary>
    public static string PositionOf(string epoch, long seq) => string.Create(CultureInfo.InvariantCulture, $"{epoch}.{seq:D12}");

    /// <summary>The text of an epoch.</summary>
    /// <param name="at">When it begins.</param>
    /// <param name="random">Six characters of a-z and 0-9.</param>
    public static string EpochOf(DateTimeOffset at, string random) =>
        string.Create(CultureInfo.InvariantCulture, $"{at.ToUnixTimeMilliseconds():D13}-{random}");

    /// <summary>When an epoch began.</summary>
    public static DateTimeOffset BeginOf(string epoch) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(epoch.AsSpan(0, MillisecondDigits), CultureInfo.InvariantCulture));

    public static bool IsEpoch(ReadOnlySpan<char> text) => text.Length == EpochLength
        && text[0] is >= '1' and <= '9'
        && !text[..MillisecondDigits].ContainsAnyExceptInRange('0', '9')
        && text[MillisecondDigits] == '-'
        && !text[(MillisecondDigits + 1)..].ContainsAnyExcept(Random);

    /// <summary>Whether a text is the position of a message that has a number.</summary>
    public static bool TryReadPosition(string? text, out string epoch, out long seq)
    {
        (epoch, seq) = ("", 0);
        if (text is not { Length: PositionLength }
            || text[EpochLength] != '.'
            || !IsEpoch(text.AsSpan(0, EpochLength))
            || !long.TryParse(text.AsSpan(EpochLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out seq)
            || seq == 0)
            return false;
        epoch = text[..EpochLength];
        return true;
    }

    /// <summary>Whether a text is a position as events name them: of a message, of its removal, or an old one.</summary>
    public static bool IsPosition(string? text) =>
        TryReadPosition(text, out _, out _) || IsOldPosition(text) || (IsRemoval(text) && TryReadPosition(MessageOf(text!), out _, out _));

    /// <summary>
    /// Whether a text has the form of a position of versions before there were numbers: a time of writing, <c>#</c> and a message id. It
    /// sorts before all others.
    /// </summary>
    public static bool IsOldPosition(string? text) => text is { Length: > TicksLength + 1 and <= TicksLength + 1 + Limits.MaxIdLength }
        && text[0] == '0'
        && text[TicksLength] == '#'
        && !text.AsSpan(0, TicksLength).ContainsAnyExceptInRange('0', '9')
        && Identifier.IsInAlphabet(text.AsSpan(TicksLength + 1));

    /// <summary>How events name the removal of a message.</summary>
    public static string RemovalOf(string position) => position + RemovalMark;

    public static bool IsRemoval(string? position) => position is { Length: PositionLength + 1 } && position[^1] == RemovalMark;

    /// <summary>The position of the message whose removal is meant.</summary>
    public static string MessageOf(string removal) => removal[..^1];
}
