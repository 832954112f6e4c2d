using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>
/// Ends connections whose token has expired, or whose user or address is banned. Each is told why in a last frame, because
/// the gateway closes with 1000 and a reason of its own. Rows go the usual way: the gateway runs <c>$disconnect</c>.
/// </summary>
public sealed partial class EndingSweep(
    ConnectionsTable connections,
    ClosedTable closedConnections,
    BansTable bans,
    Gateway gateway,
    IOptions<SweepOptions> options,
    TimeProvider time,
    ILogger<EndingSweep> logger) : BackgroundService
{
    private readonly Pace _pace = new(options.Value.ChecksPerSecond, time);

    /// <summary>One sweep of the whole table.</summary>
    /// <returns>How many connections it has ended.</returns>
    public async Task<int> SweepAsync(CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var banned = await bans.ReadAllAsync(stopping).ToDictionaryAsync(ban => ban.Key, StringComparer.Ordinal, stopping);
        var ended = 0;
        await _pace.ForEachAsync(
            connections.ReadEndedAsync(now, all: banned.Count > 0, stopping)
                .Select(row => (Row: row, Why: WhyItEnds(row, banned, now)))
                .Where(found => found.Why is not null),
            async (found, cancellation) =>
            {
                if (await EndAsync(found.Row, found.Why!, cancellation)) Interlocked.Increment(ref ended);
            },
            stopping);
        return ended;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Value.EndingInterval;
        if (interval == TimeSpan.Zero) return;

        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!await closedConnections.TryTakeTurnAsync("ending", time.GetUtcNow(), interval / 2, stoppingToken)) continue;
                var ended = await SweepAsync(stoppingToken);
                if (ended > 0) LogSwept(ended);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The connections are still open, and the next sweep finds them.
                LogFailed(failure);
            }
        }
    }

    private static string? WhyItEnds(ConnectionRow row, Dictionary<string, Ban> banned, DateTimeOffset now)
    {
        if (row.TokenExpiresAt <= now) return "Your token is over; connect again with a new one.";
        foreach (var key in banned.Count == 0 ? [] : Bans.KeysOf(row.User, row.SourceAddress))
        {
            if (banned.TryGetValue(key, out var ban)) return EndingSentence.OfBan(ban);
        }

        return null;
    }

    private async Task<bool> EndAsync(ConnectionRow row, string why, CancellationToken cancellation)
    {
        var reply = await gateway.EndAsync(ConnectionToEnd.Of(row), why, cancellation);
        if (reply.Kind == GatewayReplyKind.Open) LogEnded(row.ConnectionId, why);
        else if (reply.Kind != GatewayReplyKind.Gone) LogNotEnded(row.ConnectionId, reply.Problem);
        return reply.Kind == GatewayReplyKind.Open;
    }

    [LoggerMessage(LogLevel.Information, "Ended {ConnectionId}: {Why}")]
    private partial void LogEnded(string connectionId, string why);

    [LoggerMessage(LogLevel.Warning, "{ConnectionId} has to end, but the gateway did not end it: {Problem}. The next sweep tries again.")]
    private partial void LogNotEnded(string connectionId, string? problem);

    [LoggerMessage(LogLevel.Information, "Ended {Connections} connections whose token is over, or that are banned")]
    private partial void LogSwept(int connections);

    [LoggerMessage(LogLevel.Error, "A search for connections that have to end failed; the next one begins anew")]
    private partial void LogFailed(Exception failure);
}
