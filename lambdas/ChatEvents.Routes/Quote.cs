using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChatEvents.Routes;

/// <summary>Text of a client inside a sentence of ours.</summary>
internal static class Quote
{
    // Arbitrary; enough for a client to recognize what it sent.
    private const int MaxLength = 64;

    /// <summary>In quotes, shortened, and with control characters escaped, so that a client cannot forge lines of a log.</summary>
    public static string Of(string text)
    {
        if (text.Length <= MaxLength)
        {
            return $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        }

        var end = char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return $"\"{JsonEncodedText.Encode(text.AsSpan(0, end), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}...\"";
    }
}
