using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.Conformance.Reports;

/// <summary>What is written of a run.</summary>
internal sealed record Report(string Target, IReadOnlyList<ReportedRule> Rules)
{
    public static Report Of(string target, IEnumerable<Finding> findings) => new(
        target, [.. findings.Select(found => new ReportedRule(found.Rule.Id, found.Rule.Sentence, found.Rule.Source, found.Rule.Grade.ToString(), found.Word, found.Detail))]);

    public static Report Parse(string json) =>
        JsonSerializer.Deserialize(json, ReportJson.Default.Report) ?? throw new FormatException("A report must be an object.");

    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.Report);

    /// <summary>For a terminal: what is wrong, and the sums.</summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        foreach (var rule in Rules)
            text.AppendLine($"{rule.Verdict,-20} {rule.Grade} {rule.Id,-32} {rule.Sentence}{(rule.Detail is null ? "" : $" ({rule.Detail})")}");
        return text.AppendLine(Sums()).ToString();
    }

    public string ToMarkdown() => Comparison.Markdown([this]);

    public string Sums() => $"{Target}: {Count("yes")} yes, {Count("no")} no, {Count("cannot be asked here")} cannot be asked here; {Rules.Count} rules";

    public int Count(string verdict) => Rules.Count(rule => rule.Verdict == verdict);
}

internal sealed record ReportedRule(string Id, string Sentence, string Source, string Grade, string Verdict, string? Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;
