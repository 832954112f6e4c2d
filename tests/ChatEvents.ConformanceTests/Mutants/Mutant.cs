using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.ConformanceTests.Mutants;

/// <summary>A gateway that is wrong in one thing.</summary>
/// <param name="Name">What it does wrong.</param>
/// <param name="CaughtBy">The rules that say no, all of them.</param>
internal sealed record Mutant(string Name, params string[] CaughtBy)
{
    public Action<GatewayOptions>? Options { get; init; }

    public Mutation? Mutation { get; init; }

    /// <summary>
    /// Whether rules of lifetimes and quotas are asked, too. They are mostly waiting, and have nothing to do with the shape of events, the
    /// answers of functions and handshakes, or what clients write.
    /// </summary>
    public bool MayTouchTime => Options is not null || Mutation is { FromGateway: not null } or { Management: not null };

    public override string ToString() => Name;
}
