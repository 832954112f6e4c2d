namespace ChatEvents.Contracts;

/// <summary>
/// The address of a chat message. A name is 1 to <see cref="MaxNameLength"/> of the letters a-z and A-Z, digits, <c>-</c>, <c>_</c>
/// and <c>.</c>; case matters. The alphabet is a subset of what SQS allows in a message group id and has no <c>#</c>, which parts
/// room and shard in the registry's keys.
/// </summary>
public static class Room
{
    /// <summary>The room that every connection is in: the broadcast of the original tutorial.</summary>
    public const string Everyone = "everyone";

    public const int MaxNameLength = 64;

    /// <summary>How many rooms one connection may name at connect. Arbitrary; it keeps a row far below DynamoDB's 400 KB.</summary>
    public const int MaxPerConnection = 20;

    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= MaxNameLength }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
