using System.Text;
using System.Text.Json;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>Why an invocation failed, as reported by the Lambda runtime or by the gateway.</summary>
/// <param name="Type">The name of the exception.</param>
/// <param name="Message">Its text.</param>
/// <param name="Place">For the log: a file and line, if one of the gateway's own loops told them.</param>
internal sealed record FunctionError(string Type, string Message, string Place = "")
{
    private const int LoggedBytes = 500;

    /// <summary>The JSON in which a runtime reports an exception; anything else is taken as plain text.</summary>
    public static FunctionError Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return new FunctionError(Member(json.RootElement, "errorType"), Member(json.RootElement, "errorMessage"), Member(json.RootElement, "place"));
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
        }

        return new FunctionError("Unknown", Encoding.UTF8.GetString(payload.Span[..Math.Min(payload.Length, LoggedBytes)]));
    }

    public override string ToString() => $"{Type}: {Message}{Place}";

    private static string Member(JsonElement error, string name) => error.TryGetProperty(name, out var value) ? value.ToString() : "";
}
