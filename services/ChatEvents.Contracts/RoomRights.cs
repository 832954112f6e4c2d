namespace ChatEvents.Contracts;

/// <summary>
/// Rooms that somebody may use: names, where a <c>*</c> at the end stands for any rest. A user's own room is <c>@</c> followed by the plain
/// user id, so <c>@*</c> means all users, and <c>*</c> everything.
/// </summary>
public sealed class RoomRights(IReadOnlyList<string> patterns)
{
    /// <summary>The longest pattern: <c>@</c>, the longest user id and a <c>*</c>.</summary>
    public const int MaxPatternLength = UserId.MaxLength + 2;

    /// <summary>How many patterns one right may have. Arbitrary; an authorizer's whole answer has 8 KB.</summary>
    public const int MaxPatterns = 100;

    public static RoomRights All { get; } = new(["*"]);

    public static RoomRights None { get; } = new([]);

    public IReadOnlyList<string> Patterns => patterns;

    public bool IsAll => patterns.Contains("*");

    public bool Allow(string name) => patterns.Any(pattern => Covers(pattern, name));

    /// <summary>What both allow. Any order of taking rights together comes to the same.</summary>
    public RoomRights And(RoomRights other) => new(
        [
            .. patterns.Where(pattern => other.Patterns.Any(wider => Covers(wider, pattern)))
                .Union(other.Patterns.Where(pattern => patterns.Any(wider => Covers(wider, pattern))), StringComparer.Ordinal),
        ]);

    /// <summary>Whether everything that <paramref name="name"/> stands for, which may itself end in <c>*</c>, is in the pattern.</summary>
    private static bool Covers(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : name == pattern;
}
