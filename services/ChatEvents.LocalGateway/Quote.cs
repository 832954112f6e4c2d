using System.Globalization;
using System.Text;

namespace ChatEvents.LocalGateway;

/// <summary>Quotes text of clients and functions for the log: one line, and no codes that a terminal would follow.</summary>
internal static class Quote
{
    private const int Limit = 200;

    /// <summary>The text with its control characters escaped, cut after 200 characters unless <paramref name="whole"/>.</summary>
    public static string Line(string text, bool whole = false)
    {
        if (text.Length <= Limit && !text.Any(IsUnsafe))
            return text;
        var quoted = new StringBuilder();
        foreach (var c in whole || text.Length <= Limit ? text : text.AsSpan(0, Limit))
        {
            if (IsUnsafe(c))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }

        if (!whole && text.Length > Limit)
            quoted.Append("...");
        return quoted.ToString();
    }

    // Line separators, and the marks by which text changes its direction.
    private static bool IsUnsafe(char c) => (char.IsControl(c) && c != '\t') || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
