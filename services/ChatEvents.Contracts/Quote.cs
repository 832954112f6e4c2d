using System.Globalization;
using System.Text;

namespace ChatEvents.Contracts;

/// <summary>
/// Text of a client inside a text of ours: a sentence, a line of a log, a table. What a terminal or a log would obey, and what a reader
/// would not see, is shown as an escape such as <c>\u001B</c>: control characters, line ends, marks that turn the direction of text, and
/// halves of surrogate pairs.
/// </summary>
public static class Quote
{
    // Arbitrary; enough for a client to recognize what it sent.
    private const int MaxLength = 64;

    /// <summary>In quotation marks, and at most 64 characters of it, so that it cannot be taken for a part of the text around it.</summary>
    public static string Of(string text)
    {
        var quoted = new StringBuilder("\"", MaxLength + 2);
        var used = 0;
        foreach (var (piece, isVisible) in PiecesOf(text))
        {
            used += piece.Length;
            if (used > MaxLength) return quoted.Append("...\"").ToString();
            if (!isVisible) AppendEscapes(quoted, piece);
            else if (piece is "\"" or "\\") quoted.Append('\\').Append(piece);
            else quoted.Append(piece);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>All of it, without quotation marks. In a JSON document the escapes mean the same as the characters.</summary>
    public static string Visible(string text)
    {
        if (PiecesOf(text).All(piece => piece.IsVisible)) return text;

        var visible = new StringBuilder(text.Length + 16);
        foreach (var (piece, isVisible) in PiecesOf(text))
        {
            if (isVisible) visible.Append(piece);
            else AppendEscapes(visible, piece);
        }

        return visible.ToString();
    }

    /// <summary>The characters, those of two UTF-16 units in one piece, and the halves of such that stand alone.</summary>
    private static IEnumerable<(string Piece, bool IsVisible)> PiecesOf(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = isWhole ? rune.Utf16SequenceLength : 1;
            yield return (text.Substring(at, length), isWhole && IsVisible(rune));
            at += length;
        }
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static void AppendEscapes(StringBuilder text, string piece)
    {
        foreach (var unit in piece)
        {
            if (unit is '\n') text.Append("\\n");
            else if (unit is '\r') text.Append("\\r");
            else if (unit is '\t') text.Append("\\t");
            else text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
        }
    }
}
