using System.Text.Json;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>The JSON in which a Lambda runtime reports an exception.</summary>
internal static class FunctionError
{
    /// <summary>Type and text for the log; the raw text where it is not what a runtime sends.</summary>
    public static string Describe(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return $"{Member(json.RootElement, "errorType")}: {Member(json.RootElement, "errorMessage")}";
        }
        catch (JsonException)
        {
        }

        return System.Text.Encoding.UTF8.GetString(payload.Span[..Math.Min(payload.Length, 500)]);
    }

    private static string Member(JsonElement error, string name) => error.TryGetProperty(name, out var value) ? value.ToString() : "";
}
