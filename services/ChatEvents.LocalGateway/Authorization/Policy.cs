using System.IO.Enumeration;
using System.Text.Json;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>An IAM policy, as far as an authorizer may use it: no member is ignored.</summary>
internal sealed class Policy
{
    private const string Invoke = "execute-api:Invoke";

    private readonly List<Statement> _statements = [];

    /// <summary>Null if the policy is malformed.</summary>
    public static Policy? Parse(JsonElement document, out string fault)
    {
        var policy = new Policy();
        fault = "has a policy without Statement";
        if (!document.TryGetProperty("Statement", out var statements))
            return null;
        foreach (var statement in OneOrMany(statements))
        {
            fault = "has a statement that is not an object with Effect Allow or Deny, Action or NotAction, Resource or NotResource";
            if (statement.ValueKind != JsonValueKind.Object
                || !statement.TryGetProperty("Effect", out var effect) || effect.ToString() is not ("Allow" or "Deny")
                || Texts(statement, "Action") is not { } action || Texts(statement, "Resource") is not { } resource)
            {
                return null;
            }

            var condition = statement.TryGetProperty("Condition", out var given) ? given.Clone() : default;
            policy._statements.Add(new Statement(effect.ToString() == "Allow", action, resource, condition));
        }

        return policy;
    }

    /// <summary>As in IAM: a matching Deny wins, otherwise a matching Allow is required. Null if a condition cannot be evaluated.</summary>
    public bool? Allows(string resource, PolicyConditions conditions)
    {
        var allowed = false;
        foreach (var statement in _statements)
        {
            if (!statement.Action.Matches(Invoke, ignoreCase: true) || !statement.Resource.Matches(resource, ignoreCase: false))
                continue;
            if (conditions.Hold(statement.Condition) is not { } holds)
                return null;
            if (holds && !statement.IsAllow)
                return false;
            allowed |= holds;
        }

        return allowed;
    }

    public static JsonElement[] OneOrMany(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

    /// <summary>The patterns of the member, or of its negation <c>Not...</c>. Null if there is none.</summary>
    private static Patterns? Texts(JsonElement statement, string member)
    {
        var isNegated = !statement.TryGetProperty(member, out var patterns);
        if (isNegated && !statement.TryGetProperty("Not" + member, out patterns))
            return null;
        var all = OneOrMany(patterns);
        return all.All(pattern => pattern.ValueKind == JsonValueKind.String)
            ? new Patterns(isNegated, [.. all.Select(pattern => pattern.GetString()!)])
            : null;
    }

    private sealed record Patterns(bool IsNegated, string[] All)
    {
        public bool Matches(string text, bool ignoreCase) =>
            All.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase)) != IsNegated;
    }

    private sealed record Statement(bool IsAllow, Patterns Action, Patterns Resource, JsonElement Condition);
}
