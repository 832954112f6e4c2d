using System.Text;

namespace ChatEvents.Conformance.Reports;

/// <summary>What several targets keep, in Markdown.</summary>
internal static class Comparison
{
    /// <summary>A row for each group, and below it a row for each rule that is not kept by all.</summary>
    public static string Markdown(IReadOnlyList<Report> reports)
    {
        var text = new StringBuilder(Groups(reports));
        var differing = reports[0].Rules.Where(rule => reports.Any(report => Find(report, rule)?.Verdict != "yes")).ToArray();
        if (differing.Length == 0)
            return text.ToString();
        text.AppendLine();
        text.AppendLine($"| rule | grade | {string.Join(" | ", reports.Select(report => report.Target))} |");
        text.AppendLine($"|---|---|{string.Concat(reports.Select(_ => "---|"))}");
        foreach (var rule in differing)
            text.AppendLine($"| {Escape(rule.Sentence)} | {rule.Grade} | {string.Join(" | ", reports.Select(report => Verdict(Find(report, rule))))} |");
        return text.ToString();
    }

    /// <summary>The same for a page: a row for each group, and below it the ids of the rules that a target breaks.</summary>
    public static string Summary(IReadOnlyList<Report> reports)
    {
        var text = new StringBuilder(Groups(reports));
        foreach (var report in reports.Where(report => report.Count("no") > 0))
        {
            text.AppendLine().AppendLine($"{report.Target} breaks, as asked here:").AppendLine();
            foreach (var group in report.Rules.Where(rule => rule.Verdict == "no").GroupBy(rule => rule.Id.Split('.')[0]))
                text.AppendLine($"- {group.Key}: {string.Join(", ", group.Select(rule => $"{rule.Id.Split('.')[1]} ({rule.Grade})"))}");
        }

        return text.ToString();
    }

    private static string Groups(IReadOnlyList<Report> reports)
    {
        var text = new StringBuilder();
        text.AppendLine($"| rules about | rules | {string.Join(" | ", reports.Select(report => report.Target))} |");
        text.AppendLine($"|---|---|{string.Concat(reports.Select(_ => "---|"))}");
        foreach (var group in reports[0].Rules.GroupBy(rule => rule.Id.Split('.')[0]))
            text.AppendLine($"| {group.Key} | {group.Count()} | {string.Join(" | ", reports.Select(report => Cell(report, group.Key)))} |");
        return text.AppendLine($"| **all** | {reports[0].Rules.Count} | {string.Join(" | ", reports.Select(report => Cell(report, "")))} |").ToString();
    }

    /// <summary>The page with the table in the place that is marked for it.</summary>
    /// <exception cref="FormatException">There is no such place.</exception>
    public static string Into(string page, string table)
    {
        const string Begin = "<!-- conformance -->", End = "<!-- /conformance -->";
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{page[..(begin + Begin.Length)]}\n{table}{page[end..]}"
            : throw new FormatException($"The page has no {Begin} and {End}.");
    }

    private static string Cell(Report report, string group)
    {
        var rules = report.Rules.Where(rule => group.Length == 0 || rule.Id.Split('.')[0] == group).ToArray();
        var asked = rules.Count(rule => rule.Verdict is "yes" or "no");
        return asked == 0 ? "not asked" : $"{rules.Count(rule => rule.Verdict == "yes")} of {asked}";
    }

    private static string Verdict(ReportedRule? rule) => rule switch
    {
        null => "not asked",
        { Verdict: "no", Detail: { } detail } => $"no: {Escape(detail)}",
        { Verdict: "yes" } => "yes",
        { Verdict: "no" } => "no",
        _ => "cannot be asked here",
    };

    private static ReportedRule? Find(Report report, ReportedRule rule) => report.Rules.FirstOrDefault(other => other.Id == rule.Id);

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
