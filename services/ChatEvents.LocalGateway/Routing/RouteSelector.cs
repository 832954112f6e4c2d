using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>
/// An API's <c>RouteSelectionExpression</c>: static text and any number of <c>$request.body.path</c> or <c>${request.body.path}</c>,
/// where a path has names and indexes. A backslash before <c>$</c> makes it plain text.
/// </summary>
internal sealed partial class RouteSelector
{
    // A message has at most 128 KB, and each level takes two of its bytes.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 * 1024 };

    private readonly List<Part> _parts = [];

    /// <exception cref="FormatException">The expression names something other than the body.</exception>
    public RouteSelector(string expression)
    {
        var end = 0;
        foreach (Match match in VariablePattern().Matches(expression))
        {
            AddText(expression, expression[end..match.Index]);
            end = match.Index + match.Length;
            _parts.Add(match.Groups["escaped"].Success ? new Part("$", []) : new Part(null, Steps(expression, match.Groups["path"])));
        }

        AddText(expression, expression[end..]);
        // A text without variables is allowed and selects one route always, but hardly anybody wants this one to.
        if (_parts.All(part => part.Text is not null) && expression.Contains("request.body", StringComparison.Ordinal))
            throw new FormatException($"The route selection expression '{expression}' has no variable; variables begin with $, as in $request.body.action.");
    }

    /// <summary>The key that the expression has for this message, or null when the message is not JSON.</summary>
    public string? Evaluate(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Deep);
            return string.Concat(_parts.Select(part => part.Text ?? Find(json.RootElement, part.Path)));
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
            return null;
        }
    }

    // A missing variable counts as empty text.
    private static string Find(JsonElement element, IReadOnlyList<object> path)
    {
        foreach (var step in path)
        {
            var found = step switch
            {
                string name => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out element),
                int index => element.ValueKind == JsonValueKind.Array && TryGetItem(ref element, index),
                _ => false,
            };
            if (!found)
                return "";
        }

        return element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!,
            JsonValueKind.Null => "",
            _ => element.GetRawText(),
        };
    }

    private static bool TryGetItem(ref JsonElement element, int index)
    {
        if (index >= element.GetArrayLength())
            return false;
        element = element[index];
        return true;
    }

    private void AddText(string expression, string text)
    {
        if (text.Contains('$', StringComparison.Ordinal))
            throw new FormatException($"The route selection expression '{expression}' may only use $request.body and paths below it.");
        if (text.StartsWith('[') && _parts is [.., { Text: null }])
            throw new FormatException(
                $"The route selection expression '{expression}' may only have numbers in brackets; names follow a dot, as in $request.body.action.");
        if (text.Length > 0)
            _parts.Add(new Part(text, []));
    }

    private static List<object> Steps(string expression, Group path)
    {
        var steps = new List<object>();
        foreach (Match step in StepPattern().Matches(path.Value))
        {
            if (!step.Groups["index"].Success)
                steps.Add(step.Groups["name"].Value);
            else if (int.TryParse(step.Groups["index"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                steps.Add(index);
            else
                throw new FormatException($"The route selection expression '{expression}' has an index that is too large.");
        }

        return steps;
    }

    private const string PathPattern = @"(?<path>(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\])*)";

    [GeneratedRegex(@"(?<escaped>\\\$)|\$request\.body" + PathPattern + @"|\$\{request\.body" + PathPattern + @"\}")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"\.(?<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?<index>[0-9]+)\]")]
    private static partial Regex StepPattern();

    private sealed record Part(string? Text, IReadOnlyList<object> Path);
}
