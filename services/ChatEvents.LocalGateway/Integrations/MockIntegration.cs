using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Integrations;

/// <summary>MOCK integration: a fixed text, in which context variables are replaced.</summary>
internal sealed partial class MockIntegration(string text, ApiFacts api) : Integration
{
    public override string Name => "MOCK";

    public override Task<IntegrationAnswer> InvokeAsync(RouteCall call)
    {
        var body = VariablePattern().Replace(text, variable => ContextVariables.Find(
            variable.Groups["name"].Value, api, call.Connection, call.Request, call.RouteKey, call.EventType) ?? "");
        return Task.FromResult(IntegrationAnswer.Returned(new ProxyResponse(200, body, null)));
    }

    /// <summary>The variables in a text that are unknown.</summary>
    public static IEnumerable<string> UnknownVariables(string text) =>
        VariablePattern().Matches(text).Select(variable => variable.Groups["name"].Value).Where(name => !ContextVariables.Names.Contains(name));

    [GeneratedRegex(@"\$context\.(?<name>[A-Za-z]+(\.[A-Za-z]+)*)")]
    private static partial Regex VariablePattern();
}
