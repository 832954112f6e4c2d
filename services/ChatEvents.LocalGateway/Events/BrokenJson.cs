using System.Text.Json;

namespace ChatEvents.LocalGateway.Events;

internal static class BrokenJson
{
    /// <summary>
    /// The exceptions for text that is not JSON and for JSON strings that are not valid text: an escaped lone surrogate passes the parser
    /// and fails only when the string is read.
    /// </summary>
    public static bool Is(Exception e) => e is JsonException or InvalidOperationException;
}
