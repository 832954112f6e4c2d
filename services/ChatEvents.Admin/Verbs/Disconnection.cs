using ChatEvents.ConnectionRegistry.Sweeping;

namespace ChatEvents.Admin.Verbs;

/// <summary>
/// Closes connections at the gateway and counts the outcomes. Their rows are removed as after every close: the gateway runs
/// <c>$disconnect</c>, and the registry worker removes them.
/// </summary>
/// <param name="gateway">Where they are.</param>
/// <param name="lastWords">What each client is told before; null for nothing.</param>
internal sealed class Disconnection(Gateway gateway, string? lastWords = null)
{
    private int _ended;
    private int _gone;
    private int _failed;
    private string? _problem;

    public async ValueTask EndAsync(string endpoint, string connectionId, CancellationToken cancellation)
    {
        if (lastWords is not null) await gateway.TellAsync(endpoint, connectionId, EndingFrame.Of(lastWords), cancellation);
        var reply = await gateway.DisconnectAsync(endpoint, connectionId, cancellation);
        switch (reply.Kind)
        {
            case GatewayReplyKind.Open:
                Interlocked.Increment(ref _ended);
                break;
            case GatewayReplyKind.Gone:
                Interlocked.Increment(ref _gone);
                break;
            default:
                Interlocked.Increment(ref _failed);
                Interlocked.CompareExchange(ref _problem, $"{connectionId}: {reply.Problem}", null);
                break;
        }
    }

    /// <summary>Writes the outcomes and returns the exit code.</summary>
    public async Task<int> TellAsync(VerbRun run)
    {
        await run.Results.WriteOneAsync(
            new Summary(_ended, _gone, _failed),
            [
                new("disconnected", 0, summary => summary.Disconnected),
                new("gone already", 0, summary => summary.GoneAlready),
                new("failed", 0, summary => summary.Failed),
            ]);
        if (_gone > 0)
            await run.Notes.WriteLineAsync("Rows of connections that were gone already are removed by `drift --repair`, or by the next sweep.");
        if (_problem is null) return ExitCode.Done;
        await run.Notes.WriteLineAsync($"Not disconnected: {_problem}");
        return ExitCode.Failed;
    }

    private sealed record Summary(int Disconnected, int GoneAlready, int Failed);
}
