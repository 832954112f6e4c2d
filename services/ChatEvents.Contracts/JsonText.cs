using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ChatEvents.Contracts;

/// <summary>
/// Texts that go into JSON. Within a string, only what RFC 8259 demands is escaped: quotation mark, backslash and control characters. .NET's encoders
/// escape more, some of it as twelve bytes for four, so that a message that is not too large would become so.
/// </summary>
public static class JsonText
{
    public static string Escape(string text)
    {
        var first = text.AsSpan().IndexOfAny(Escaped);
        if (first < 0) return text;

        var escaped = new StringBuilder(text, 0, first, text.Length + 16);
        foreach (var c in text.AsSpan(first))
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    /// <summary>
    /// How deep a client's own JSON may be: inside a message inside a history, it stays below the 64 levels at which readers of JSON give up.
    /// </summary>
    public const int MaxDepth = 60;

    /// <summary>Whether a text is one JSON value, with nothing before or after it but white space.</summary>
    public static bool IsValue(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                // To its end, or to the first error.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static readonly System.Buffers.SearchValues<char> Escaped =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);
}
