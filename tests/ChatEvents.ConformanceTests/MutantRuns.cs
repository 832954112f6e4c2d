using System.Collections.Concurrent;
using ChatEvents.Conformance;
using ChatEvents.Conformance.Rules;
using ChatEvents.ConformanceTests.Mutants;

namespace ChatEvents.ConformanceTests;

/// <summary>The suite against every mutant, some at a time: most of a run is waiting.</summary>
public sealed class MutantRuns : IAsyncLifetime
{
    private const int AtOnce = 4;

    private static readonly Rule[] Timeless = [.. AllRules.Listed.Where(rule => rule.Group is not ("lifetime" or "quota"))];

    private readonly ConcurrentDictionary<string, IReadOnlyList<Finding>> _findings = new();

    internal IReadOnlyList<Finding> Of(Mutant mutant) => _findings[mutant.Name];

    public async ValueTask InitializeAsync() => await Parallel.ForEachAsync(
        AllMutants.Listed,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
        async (mutant, stopping) => _findings[mutant.Name] = await OurGateways.AskAsync(mutant, stopping, mutant.MayTouchTime ? AllRules.Listed : Timeless));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
