using System.Globalization;
using System.Text;

namespace ChatEvents.Contracts;

/// <summary>The name that others see of a user, as the issuer of the token tells it.</summary>
public static class UserName
{
    public const int MaxLength = 128;

    /// <summary>
    /// The name without control characters, which could forge lines in a terminal, and without marks that turn the direction of text, which
    /// could make it look like another name; cut to <see cref="MaxLength"/>. Null when nothing is left.
    /// </summary>
    public static string? Of(string? text)
    {
        var name = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes().Where(IsHarmless))
        {
            if (name.Length + rune.Utf16SequenceLength > MaxLength) break;
            name.Append(rune);
        }

        return name.ToString().Trim() is { Length: > 0 } shown ? shown : null;
    }

    private static bool IsHarmless(Rune rune) => !TurnsDirection(rune.Value) && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static bool TurnsDirection(int character) =>
        character is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
