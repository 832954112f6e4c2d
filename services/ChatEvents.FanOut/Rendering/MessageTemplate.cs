using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Rendering;

/// <summary>
/// The text of a post to a client of the plain dialect. <c>{message}</c>, <c>{messageId}</c>, <c>{room}</c>, <c>{seq}</c> (its number in the
/// room), <c>{user}</c> (the sender's name, else the user id, else the guest or server), <c>{connectionId}</c> (the sender's) and
/// <c>{postedAt}</c> (ISO 8601) are replaced by the members of the chat message;
/// <c>{message:json}</c> and so on by the same, escaped for use between the quotes of a JSON string. Braces around anything but letters
/// stay as they are: <c>{"text":"{message:json}"}</c>.
/// </summary>
public sealed partial class MessageTemplate
{
    public const int MaxLength = 4_096; // arbitrary; the message itself may need most of a post's 128 KB

    private readonly Func<MessagePosted, long, string>[] _parts;

    private MessageTemplate(Func<MessagePosted, long, string>[] parts) => _parts = parts;

    /// <exception cref="FormatException">Says in one sentence what is wrong.</exception>
    public static MessageTemplate Parse(string template)
    {
        if (template.Length is 0 or > MaxLength)
            throw new FormatException($"must have from 1 to {MaxLength} characters, but has {template.Length}");

        var parts = new List<Func<MessagePosted, long, string>>();
        var (literalFrom, placeholders) = (0, 0);
        foreach (Match placeholder in Placeholder().Matches(template))
        {
            AddLiteral(template[literalFrom..placeholder.Index]);
            parts.Add(ReaderOf(placeholder));
            literalFrom = placeholder.Index + placeholder.Length;
            placeholders++;
        }

        AddLiteral(template[literalFrom..]);
        return new MessageTemplate([.. parts]) { Placeholders = Math.Max(1, placeholders) };

        void AddLiteral(string text)
        {
            if (text.Length > 0)
                parts.Add((_, _) => text);
        }
    }

    /// <summary>How many placeholders it has; 1 for none.</summary>
    public int Placeholders { get; private init; } = 1;

    /// <param name="posted">The message.</param>
    /// <param name="seq">Its number in the room.</param>
    public string Render(MessagePosted posted, long seq)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part(posted, seq));
        }

        return text.ToString();
    }

    private static Func<MessagePosted, long, string> ReaderOf(Match placeholder)
    {
        Func<MessagePosted, long, string> read = placeholder.Groups["name"].Value switch
        {
            "message" => (posted, _) => posted.Message,
            "messageId" => (posted, _) => posted.MessageId,
            "room" => (posted, _) => posted.Room,
            "user" => (posted, _) => posted.Name ?? posted.User ?? posted.Guest ?? posted.Server ?? "",
            "seq" => (_, seq) => seq.ToString(CultureInfo.InvariantCulture),
            "connectionId" => (posted, _) => posted.ConnectionId,
            "postedAt" => (posted, _) => posted.PostedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            _ => throw new FormatException($"has the unknown placeholder {placeholder.Value}"),
        };

        return placeholder.Groups["form"].Value switch
        {
            "" => read,
            "json" => (posted, seq) => JsonText.Escape(read(posted, seq)),
            _ => throw new FormatException($"has the unknown form in {placeholder.Value}; only :json is supported"),
        };
    }

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)(:(?<form>[A-Za-z]*))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();
}
