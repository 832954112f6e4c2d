using System.Buffers;

namespace ChatEvents.Contracts;

/// <summary>
/// The id of a connection or a message: 1 to <see cref="Limits.MaxIdLength"/> visible ASCII characters, which SQS takes in the ids of groups
/// and of duplicates. <c>#</c> is not among them: it separates ids from other parts of keys.
/// </summary>
public static class Identifier
{
    public const string Rule = "visible ASCII characters other than '#'";

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '#')]);

    public static bool IsValid(string? id) => id is { Length: >= 1 and <= Limits.MaxIdLength } && IsInAlphabet(id);

    internal static bool IsInAlphabet(ReadOnlySpan<char> id) => !id.ContainsAnyExcept(Alphabet);
}
