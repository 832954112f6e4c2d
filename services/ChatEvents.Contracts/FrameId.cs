using System.Buffers;

namespace ChatEvents.Contracts;

/// <summary>The <c>id</c> that a client gives a frame, and that the answer repeats.</summary>
public static class FrameId
{
    public const int MaxLength = 64;

    public const string Rule = "1 to 64 of the characters A-Z, a-z, 0-9, '_', '-' and '.'";

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    public static bool IsValid(string? id) => id is { Length: >= 1 and <= MaxLength } && IsInAlphabet(id);

    internal static bool IsInAlphabet(ReadOnlySpan<char> id) => !id.ContainsAnyExcept(Alphabet);
}
