using System.Text.Json;

namespace ChatEvents.LocalGateway.Events;

internal static class BrokenJson
{
    /// <summary>
    /// What the reader throws for text that is no JSON, and for JSON whose strings are no text: half of a surrogate pair, escaped, passes
    /// the parser and fails only when the string is asked for.
    /// </summary>
    public static bool Is(Exception e) => e is JsonException or InvalidOperationException;
}
