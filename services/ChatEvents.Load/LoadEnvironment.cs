namespace ChatEvents.Load;

/// <summary>What the program uses of its process; tests replace it.</summary>
internal sealed class LoadEnvironment
{
    /// <summary>For results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>For progress, questions and failures.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Where somebody can answer a question; null without a terminal.</summary>
    public TextReader? Answers { get; init; }

    /// <summary>Whether lines can be overwritten.</summary>
    public bool HasTerminal { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>From 0 to 1.</summary>
    public required Func<double> Random { get; init; }

    public static LoadEnvironment OfThisProcess()
    {
        var random = new Random(Environment.ProcessId);
        var gate = new Lock();
        return new LoadEnvironment
        {
            Out = Console.Out,
            Error = Console.Error,
            Answers = Console.IsInputRedirected ? null : Console.In,
            HasTerminal = !Console.IsErrorRedirected,
            Random = () =>
            {
                lock (gate) return random.NextDouble();
            },
        };
    }
}
