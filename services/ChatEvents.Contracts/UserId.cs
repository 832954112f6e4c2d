using System.Globalization;
using System.Security.Cryptography;
using System.Buffers.Text;
using System.Text;

namespace ChatEvents.Contracts;

/// <summary>
/// Who a user is: 1 to <see cref="MaxLength"/> characters, compared one by one. <c>Ada</c> is not <c>ada</c>, and what only looks alike is
/// somebody else. Characters that cannot be seen are refused, because they are the cheapest way to look like somebody else.
/// </summary>
public static class UserId
{
    public const int MaxLength = 128;

    /// <summary>Stands before a hash in the name of a room. No escaped id has this character.</summary>
    private const char HashMark = '=';

    public static bool IsValid(string? id) => id is { Length: >= 1 and <= MaxLength } && id.EnumerateRunes().All(IsVisible);

    /// <summary>
    /// The room that every connection of a user is in: <c>@</c> and the id. Characters outside the alphabet of room names are
    /// percent-encoded, as in a URL, because a room's name is part of keys and of SQS's group ids. An id that gets too long by that is
    /// replaced by <c>=</c> and its SHA-256.
    /// </summary>
    public static string RoomOf(string id)
    {
        var escaped = Uri.EscapeDataString(id);
        return escaped.Length < Room.MaxNameLength
            ? $"{Room.UserMark}{escaped}"
            : $"{Room.UserMark}{HashMark}{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }

    /// <summary>Half a surrogate pair reads as U+FFFD, which nobody needs in an id either.</summary>
    private static bool IsVisible(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
