using ChatEvents.Conformance;
using ChatEvents.Conformance.Reports;
using ChatEvents.Conformance.Rules;
using ChatEvents.ConformanceTests.Mutants;

namespace ChatEvents.ConformanceTests;

/// <summary>What the suite says of our gateway, and what its rules are made of.</summary>
public sealed class SuiteTests
{
    [Fact(Timeout = 120_000)]
    public async Task Our_gateway_keeps_every_rule() =>
        AssertKept(await OurGateways.AskAsync(mutant: null, TestContext.Current.CancellationToken));

    [Fact(Timeout = 120_000)]
    public async Task The_proxy_of_the_mutants_changes_nothing_by_itself() => AssertKept(await OurGateways.AskAsync(
        new Mutant("nothing") { Mutation = new Mutation { FromGateway = frame => frame, Event = (_, _) => { } } }, TestContext.Current.CancellationToken));

    [Fact]
    public void There_are_at_least_120_rules_each_with_an_id_a_sentence_and_a_source()
    {
        Assert.True(AllRules.Listed.Count >= 120);
        Assert.Distinct(AllRules.Listed.Select(rule => rule.Id));
        Assert.Distinct(AllRules.Listed.Select(rule => rule.Sentence));
        Assert.All(AllRules.Listed, rule => Assert.Matches("^[a-z]+\\.[a-z0-9-]+$", rule.Id));
        Assert.All(AllRules.Listed, rule => Assert.EndsWith(".", rule.Sentence, StringComparison.Ordinal));
        Assert.All(AllRules.Listed, rule => Assert.NotEmpty(rule.Source));
    }

    [Fact]
    public void A_report_is_read_again_as_it_was_written()
    {
        var rule = AllRules.Listed[0];
        var report = Report.Of("target", [new Finding(rule, Verdict.No, "saw 1 | 2"), new Finding(AllRules.Listed[1], Verdict.Yes, null)]);

        var read = Report.Parse(report.ToJson());

        Assert.Equal(report.Rules, read.Rules);
        Assert.Contains("target: 1 yes, 1 no, 0 cannot be asked here; 2 rules", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("| no: saw 1 \\| 2 |", report.ToMarkdown(), StringComparison.Ordinal);
    }

    private static void AssertKept(IReadOnlyList<Finding> findings) => Assert.True(
        findings.All(finding => finding.Verdict == Verdict.Yes),
        string.Join('\n', findings.Where(finding => finding.Verdict != Verdict.Yes).Select(finding => $"{finding.Rule.Id} {finding.Word}: {finding.Detail}")));
}
