namespace ChatEvents.Admin;

/// <summary>Exit codes of the tool.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>It was not done, or not completely; one sentence on standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>Tables and gateway do not agree, and no repair was requested.</summary>
    public const int DriftFound = 2;
}
