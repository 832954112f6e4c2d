using System.Text.Json;
using System.Text.RegularExpressions;

namespace ChatEvents.Conformance.Rules;

/// <summary>What rules say about what they saw.</summary>
internal static class Check
{
    public static void Equal<T>(T expected, T seen)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, seen))
            throw new RuleBrokenException($"expected {Show(expected)}, saw {Show(seen)}");
    }

    public static void True(bool holds, string otherwise)
    {
        if (!holds)
            throw new RuleBrokenException(otherwise);
    }

    public static void Matches(string pattern, string? seen)
    {
        if (seen is null || !Regex.IsMatch(seen, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)))
            throw new RuleBrokenException($"expected {pattern}, saw {Show(seen)}");
    }

    public static void Absent(JsonElement parent, params string[] members)
    {
        foreach (var member in members)
        {
            if (parent.TryGetProperty(member, out var value))
                throw new RuleBrokenException($"{member} is there: {Show(value.GetRawText())}");
        }
    }

    public static JsonElement Present(JsonElement parent, string member, JsonValueKind kind)
    {
        if (!parent.TryGetProperty(member, out var value))
            throw new RuleBrokenException($"{member} is absent");
        if (value.ValueKind != kind)
            throw new RuleBrokenException($"{member} is {value.ValueKind}: {Show(value.GetRawText())}");
        return value;
    }

    /// <summary>A member that is text.</summary>
    public static string Text(JsonElement parent, string member) => Present(parent, member, JsonValueKind.String).GetString()!;

    public static long Number(JsonElement parent, string member) => Present(parent, member, JsonValueKind.Number).GetInt64();

    public static string Show<T>(T value)
    {
        var text = value?.ToString() ?? "nothing";
        return text.Length > 160 ? text[..160] + "..." : text;
    }
}
