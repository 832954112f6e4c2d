using System.Text.Json;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>The answer of an authorizer: a principal, an IAM policy, and context for later events.</summary>
internal sealed record AuthorizerAnswer(Policy Policy, byte[] Context)
{
    private const int SizeLimit = 8 * 1024;

    /// <summary>Null if the answer is malformed; API Gateway then answers 500.</summary>
    public static AuthorizerAnswer? Parse(ReadOnlyMemory<byte> payload, TimeSpan latency, out string fault)
    {
        fault = $"is longer than {SizeLimit} bytes";
        if (payload.Length > SizeLimit)
            return null;
        try
        {
            using var json = JsonDocument.Parse(payload);
            var root = json.RootElement;
            fault = "has no principalId and policyDocument";
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("principalId", out var principal) || principal.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("policyDocument", out var document) || document.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (Policy.Parse(document, out fault) is not { } policy)
                return null;
            fault = "has a context with members that are lists or objects";
            var hasContext = root.TryGetProperty("context", out var given) && given.ValueKind == JsonValueKind.Object;
            var context = hasContext ? given.EnumerateObject().ToArray() : [];
            if (Array.Exists(context, member => member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
                return null;
            return new AuthorizerAnswer(policy, BuildContext(principal.GetString()!, context, latency));
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
            fault = "is not JSON";
            return null;
        }
    }

    // Every context value arrives in events as a string, whatever the authorizer returned.
    private static byte[] BuildContext(string principal, JsonProperty[] context, TimeSpan latency) =>
        EventJson.Build((principal, context, latency), static (json, state) =>
        {
            json.WriteString("principalId", state.principal);
            foreach (var member in state.context)
                json.WriteString(
                    member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText());
            json.WriteNumber("integrationLatency", (long)state.latency.TotalMilliseconds);
        });
}
