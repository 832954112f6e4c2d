using System.CommandLine;
using ChatEvents.Admin.Drift;
using ChatEvents.Admin.Output;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>drift [--repair]</c>.</summary>
internal static class DriftVerb
{
    private static readonly Column<DriftFinding>[] Columns =
    [
        new("connection", 16, finding => finding.ConnectionId),
        new("connected", 20, finding => finding.ConnectedAt),
        new("room", 16, finding => finding.Room),
        new("drift", 0, finding => TextOf(finding.Kind)),
    ];

    public static Command Create(VerbContext verbs)
    {
        var repair = new Option<bool>("--repair")
        {
            Description = "Reports the findings to the registry worker, which then corrects its tables.",
        };
        var rate = Arguments.Rate();
        var command = new Command(
            "drift",
            "Compares the tables with each other and with the gateway, which is asked about each connection older than 30 seconds.")
        {
            repair, rate,
        };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var search = new DriftSearch(run.Chat, run.Arguments.GetValue(rate));
            var findings = new List<DriftFinding>();
            await run.Results.WriteAsync(
                search.FindAsync(cancellation).Select(finding =>
                {
                    findings.Add(finding);
                    return finding;
                }),
                Columns,
                none: null,
                cancellation);
            await run.Notes.WriteLineAsync($"{findings.Count} found; the gateway was asked about {search.Asked} connections.");

            if (run.Arguments.GetValue(repair) && findings.Count > 0) await RepairAsync(run, findings, cancellation);
            if (search.Problems is { Count: > 0 } problems)
                throw new AdminException($"The gateway did not say about {problems.Count} connections; the first is {problems.First()}");
            return findings.Count == 0 || run.Arguments.GetValue(repair) ? ExitCode.Done : ExitCode.DriftFound;
        });
    }

    private static async Task RepairAsync(VerbRun run, List<DriftFinding> findings, CancellationToken cancellation)
    {
        await run.Question.RequireYesAsync($"Report {findings.Count} to the registry worker?", cancellation);
        await run.Chat.Publisher.PublishAsync([.. findings.Select(finding => finding.Repair)], cancellation);
        await run.Notes.WriteLineAsync("Reported; the registry worker sets its tables right when it gets to it. Look again in a minute.");
    }

    private static string TextOf(DriftKind kind) => kind switch
    {
        DriftKind.StaleConnection => "gone at the gateway",
        DriftKind.StaleMembership => "membership of a connection without a row, gone at the gateway",
        DriftKind.ConnectionMissing => "open at the gateway, in a room, but without a row",
        DriftKind.MembershipNotInRow => "membership of a room that the row says was left",
        DriftKind.MembershipMissing => "no membership of a room that the row says it is in",
        _ => kind.ToString(),
    };
}
