using System.Buffers;

namespace ChatEvents.Contracts;

/// <summary>
/// The address of a chat message. A name is 1 to <see cref="MaxNameLength"/> of the letters a-z and A-Z, digits, <c>-</c>, <c>_</c> and
/// <c>.</c>; case matters. SQS allows these characters in a message group id. <c>#</c> is not among them: it separates room and shard in
/// the registry's keys.
/// </summary>
public static class Room
{
    /// <summary>The room that every connection is in: the broadcast of the original tutorial.</summary>
    public const string Everyone = "everyone";

    /// <summary>The first character of the room of a user's own connections; see <see cref="UserId.RoomOf"/>.</summary>
    public const char UserMark = '@';

    public const int MaxNameLength = 64;

    private static readonly SearchValues<char> UserRoomCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%=");

    /// <summary>
    /// How many rooms a connection may be in besides <see cref="Everyone"/>. Arbitrary; it keeps a row within the kilobytes of one write
    /// unit.
    /// </summary>
    public const int MaxPerConnection = 20;

    /// <summary>
    /// How many of the latest leaves a connection's row remembers. A join is lost only if more leaves than that overtake it. Arbitrary: for
    /// a connection that changes rooms every second, it covers more than a minute and a half.
    /// </summary>
    public const int MaxLeftMarks = 100;

    /// <summary>Whether a client may name the room.</summary>
    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= MaxNameLength } && name.All(IsInAlphabet);

    /// <summary>Whether a message can be for it: the name of a room, or the room of a user's own connections.</summary>
    public static bool IsAddress(string? name) => name is [UserMark, _, ..]
        ? name.Length <= MaxNameLength && !name.AsSpan(1).ContainsAnyExcept(UserRoomCharacters)
        : IsName(name);

    private static bool IsInAlphabet(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
