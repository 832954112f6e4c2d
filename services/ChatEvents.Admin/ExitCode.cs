namespace ChatEvents.Admin;

/// <summary>What the tool tells the shell.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>It could not be done, or not all of it; one sentence on the error output says why.</summary>
    public const int Failed = 1;

    /// <summary>The tables and the gateway do not agree, and nobody asked for a repair.</summary>
    public const int DriftFound = 2;
}
