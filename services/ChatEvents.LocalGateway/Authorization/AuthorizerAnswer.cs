using System.IO.Enumeration;
using System.Text.Json;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>The answer of an authorizer: a principal, an IAM policy, and context for later events.</summary>
internal sealed record AuthorizerAnswer(bool Allows, byte[] Context)
{
    private const int SizeLimit = 8 * 1024;

    /// <summary>Null if the answer is malformed; API Gateway then answers 500.</summary>
    public static AuthorizerAnswer? Parse(ReadOnlyMemory<byte> payload, string resource, TimeSpan latency)
    {
        if (payload.Length > SizeLimit)
            return null;
        try
        {
            using var json = JsonDocument.Parse(payload);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("principalId", out var principal) || principal.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("policyDocument", out var policy) || policy.ValueKind != JsonValueKind.Object
                || !policy.TryGetProperty("Statement", out var statements))
            {
                return null;
            }

            var hasContext = root.TryGetProperty("context", out var given) && given.ValueKind == JsonValueKind.Object;
            var context = hasContext ? given.EnumerateObject().ToArray() : [];
            if (Array.Exists(context, member => member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
                return null;
            return new AuthorizerAnswer(Decide(statements, resource), BuildContext(principal.GetString()!, context, latency));
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
            return null;
        }
    }

    /// <summary>As in IAM: a matching Deny wins, otherwise a matching Allow is required.</summary>
    private static bool Decide(JsonElement statements, string resource)
    {
        var matching = OneOrMany(statements)
            .Where(statement => Matches(statement, "Action", "execute-api:Invoke", ignoreCase: true))
            .Where(statement => Matches(statement, "Resource", resource, ignoreCase: false))
            .Select(statement => statement.TryGetProperty("Effect", out var effect) ? effect.ToString() : "")
            .ToArray();
        return matching.Contains("Allow") && !matching.Contains("Deny");
    }

    private static bool Matches(JsonElement statement, string member, string text, bool ignoreCase) =>
        statement.ValueKind == JsonValueKind.Object
        && statement.TryGetProperty(member, out var patterns)
        && OneOrMany(patterns)
            .Where(pattern => pattern.ValueKind == JsonValueKind.String)
            .Any(pattern => FileSystemName.MatchesSimpleExpression(pattern.GetString(), text, ignoreCase));

    private static JsonElement[] OneOrMany(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

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
