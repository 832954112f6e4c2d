using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// The text of a post. <c>{message}</c>, <c>{messageId}</c>, <c>{room}</c>, <c>{user}</c> (the sender's name, else the user id, else the
/// guest), <c>{connectionId}</c> (the sender's) and <c>{postedAt}</c> (ISO 8601) are replaced by the members of the chat message;
/// <c>{message:json}</c> and so on by the same, escaped for use between the quotes of a JSON string. Braces around anything but letters
/// stay as they are: <c>{"text":"{message:json}"}</c>.
/// </summary>
public sealed partial class MessageTemplate
{
    public const int MaxLength = 4_096; // arbitrary; the message itself may need most of a post's 128 KB

    private readonly Func<MessagePosted, string>[] _parts;

    private MessageTemplate(Func<MessagePosted, string>[] parts) => _parts = parts;

    /// <exception cref="FormatException">Says in one sentence what is wrong.</exception>
    public static MessageTemplate Parse(string template)
    {
        if (template.Length is 0 or > MaxLength)
            throw new FormatException($"must have from 1 to {MaxLength} characters, but has {template.Length}");

        var parts = new List<Func<MessagePosted, string>>();
        var literalFrom = 0;
        foreach (Match placeholder in Placeholder().Matches(template))
        {
            AddLiteral(template[literalFrom..placeholder.Index]);
            parts.Add(ReaderOf(placeholder));
            literalFrom = placeholder.Index + placeholder.Length;
        }

        AddLiteral(template[literalFrom..]);
        return new MessageTemplate([.. parts]);

        void AddLiteral(string text)
        {
            if (text.Length > 0)
                parts.Add(_ => text);
        }
    }

    public string Render(MessagePosted posted)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part(posted));
        }

        return text.ToString();
    }

    private static Func<MessagePosted, string> ReaderOf(Match placeholder)
    {
        Func<MessagePosted, string> read = placeholder.Groups["name"].Value switch
        {
            "message" => posted => posted.Message,
            "messageId" => posted => posted.MessageId,
            "room" => posted => posted.Room,
            "user" => posted => posted.Name ?? posted.User ?? posted.Guest ?? "",
            "connectionId" => posted => posted.ConnectionId,
            "postedAt" => posted => posted.PostedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            _ => throw new FormatException($"has the unknown placeholder {placeholder.Value}"),
        };

        return placeholder.Groups["form"].Value switch
        {
            "" => read,
            "json" => posted => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(read(posted)),
            _ => throw new FormatException($"has the unknown form in {placeholder.Value}; only :json is supported"),
        };
    }

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)(:(?<form>[A-Za-z]*))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();
}
