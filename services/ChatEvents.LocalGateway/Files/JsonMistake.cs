using System.Text.Json;
using System.Text.RegularExpressions;

namespace ChatEvents.LocalGateway.Files;

/// <summary>Says in one sentence what is wrong with a JSON text. The serializer's own texts name .NET types.</summary>
internal static partial class JsonMistake
{
    public static string Sentence(JsonException e)
    {
        if (e.Path is null || e.InnerException is JsonException)
            return $"Not JSON: {(e.InnerException ?? e).Message.Split(" LineNumber:")[0]}";
        var setting = e.Path == "$" ? "The file" : e.Path["$.".Length..];
        return e.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? $"{setting} is not a setting."
            : $"{setting} must be {Kind(TypePattern().Match(e.Message).Groups["type"].Value)}.";
    }

    private static string Kind(string type) => type switch
    {
        _ when type.Contains("Dictionary", StringComparison.Ordinal) || type.Contains("Options", StringComparison.Ordinal) && !type.Contains("List", StringComparison.Ordinal) => "an object",
        _ when type.Contains("List", StringComparison.Ordinal) => "a list",
        _ when type.Contains("Int32", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("TimeSpan", StringComparison.Ordinal) => "a time like \"00:00:30\"",
        _ when type.Contains("Uri", StringComparison.Ordinal) => "an address like \"http://localhost:9000\"",
        _ => "text in quotation marks",
    };

    [GeneratedRegex(@"could not be converted to (?<type>\S+?)\.? Path:")]
    private static partial Regex TypePattern();
}
