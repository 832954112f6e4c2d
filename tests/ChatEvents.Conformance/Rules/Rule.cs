using ChatEvents.Conformance.Asking;

namespace ChatEvents.Conformance.Rules;

/// <summary>How sure it is that AWS behaves so.</summary>
internal enum Grade
{
    /// <summary>Documentation, service models or code of AWS.</summary>
    A,

    /// <summary>Recorded from AWS by somebody else.</summary>
    B,

    /// <summary>A statement of the community or of another emulator.</summary>
    C,

    /// <summary>General knowledge, or another standard; nobody has confirmed it for AWS.</summary>
    G,
}

/// <summary>One rule of API Gateway's WebSocket APIs, and how to ask a target whether it keeps it.</summary>
/// <param name="Id">Group and name; it does not change once published.</param>
/// <param name="Sentence">The rule.</param>
/// <param name="Source">Where it is said.</param>
/// <param name="Grade">What that source is worth.</param>
/// <param name="AskAsync">Returns if the target keeps the rule, throws <see cref="RuleBrokenException"/> if not, and
/// <see cref="CannotBeAskedException"/> if the target lacks what the question needs.</param>
internal sealed record Rule(string Id, string Sentence, string Source, Grade Grade, Func<Questioner, Task> AskAsync)
{
    public string Group => Id.Split('.')[0];
}

internal sealed class RuleBrokenException(string seen) : Exception(seen);

internal sealed class CannotBeAskedException(string reason) : Exception(reason);
