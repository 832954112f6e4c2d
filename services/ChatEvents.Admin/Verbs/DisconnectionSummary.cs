using ChatEvents.ConnectionRegistry.Moderating;

namespace ChatEvents.Admin.Verbs;

/// <summary>The outcomes of ended connections, as a verb writes them.</summary>
internal sealed record DisconnectionSummary(int Disconnected, int GoneAlready, int Failed)
{
    /// <summary>Writes the outcomes and returns the exit code.</summary>
    public static async Task<int> TellAsync(VerbRun run, Disconnections disconnections)
    {
        await run.Results.WriteOneAsync(
            new DisconnectionSummary(disconnections.Ended, disconnections.Gone, disconnections.Failed),
            [
                new("disconnected", 0, summary => summary.Disconnected),
                new("gone already", 0, summary => summary.GoneAlready),
                new("failed", 0, summary => summary.Failed),
            ]);
        if (disconnections.Gone > 0)
            await run.Notes.WriteLineAsync("Rows of connections that were gone already are removed by `drift --repair`, or by the next sweep.");
        if (disconnections.Problem is not { } problem) return ExitCode.Done;
        await run.Notes.WriteLineAsync($"Not disconnected: {problem}");
        return ExitCode.Failed;
    }
}
