using ChatEvents.Conformance;
using ChatEvents.ConformanceTests.Mutants;

namespace ChatEvents.ConformanceTests;

/// <summary>The suite is worth something: it catches wrong gateways, and only by the rules that they break.</summary>
public sealed class MutantTests(MutantRuns runs) : IClassFixture<MutantRuns>
{
    public static TheoryData<string> Names => [.. AllMutants.Listed.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gateway_that_is_wrong_is_caught_by_the_rules_that_it_breaks_and_by_no_other(string name)
    {
        var mutant = AllMutants.Listed.Single(mutant => mutant.Name == name);
        var broken = runs.Of(mutant).Where(finding => finding.Verdict == Verdict.No).ToArray();

        Assert.True(
            broken.Select(finding => finding.Rule.Id).ToHashSet().SetEquals(mutant.CaughtBy),
            $"expected {string.Join(", ", mutant.CaughtBy)}, but broken are\n{string.Join('\n', broken.Select(finding => $"{finding.Rule.Id}: {finding.Detail}"))}");
    }

    [Fact]
    public void There_are_at_least_twenty_and_each_breaks_something()
    {
        Assert.True(AllMutants.Listed.Count >= 20);
        Assert.All(AllMutants.Listed, mutant => Assert.NotEmpty(mutant.CaughtBy));
        Assert.Distinct(AllMutants.Listed.Select(mutant => mutant.Name));
    }
}
