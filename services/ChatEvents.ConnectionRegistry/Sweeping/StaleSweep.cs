using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>
/// Scans the table of connections once per interval and asks the gateway about those that are old enough for the idle timeout. It finds
/// connections whose <c>$disconnect</c> never arrived and that got no post since.
/// </summary>
public sealed partial class StaleSweep(
    ConnectionsTable connections,
    ClosedTable closedConnections,
    ConnectionRegistry registry,
    Gateway gateway,
    IOptions<SweepOptions> options,
    TimeProvider time,
    ILogger<StaleSweep> logger) : BackgroundService
{
    /// <summary>How often a worker checks whether a sweep is due. It is not due if another worker has begun it.</summary>
    private static readonly TimeSpan MaxTurnPoll = TimeSpan.FromMinutes(1);

    /// <summary>How long to pause when the account's quota is used up. Arbitrary: quotas refill every second.</summary>
    private static readonly TimeSpan ThrottledPause = TimeSpan.FromSeconds(5);

    private readonly Pace _pace = new(options.Value.ChecksPerSecond, time);

    /// <summary>One sweep of the whole table.</summary>
    public async Task<SweepResult> SweepAsync(CancellationToken stopping)
    {
        var found = new SweepCount();
        await _pace.ForEachAsync(
            connections.ReadOpenedBeforeAsync(time.GetUtcNow() - Limits.IdleTimeout, stopping),
            async (connection, cancellation) => found.Add(await CheckAsync(connection, cancellation)),
            stopping);
        return found.Result;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Value.Interval;
        if (interval == TimeSpan.Zero)
            return;

        using var poll = new PeriodicTimer(interval < MaxTurnPoll ? interval : MaxTurnPoll, time);
        while (await poll.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await closedConnections.TryTakeTurnAsync("sweep", time.GetUtcNow(), interval, stoppingToken))
                    LogSwept(await SweepAsync(stoppingToken));
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is lost: the rows are still there for the next sweep.
                LogFailed(failure);
            }
        }
    }

    private async Task<GatewayReplyKind> CheckAsync(ConnectionRow connection, CancellationToken stopping)
    {
        // TTL deletes late, or not at all on some servers. After its two hours a connection needs no question.
        var now = time.GetUtcNow();
        var reply = connection.ExpiresAt <= now
            ? new(GatewayReplyKind.Gone)
            : await gateway.AskAsync(connection.CallbackEndpoint, connection.ConnectionId, stopping);
        switch (reply.Kind)
        {
            case GatewayReplyKind.Gone:
                await registry.CloseAsync(
                    new ConnectionClosed
                    {
                        ConnectionId = connection.ConnectionId,
                        ConnectedAt = connection.ConnectedAt,
                        ClosedAt = now,
                        Because = ClosedBecause.Gone,
                    },
                    stopping);
                break;
            case GatewayReplyKind.Throttled:
                _pace.Pause(ThrottledPause);
                LogThrottled(ThrottledPause);
                break;
            case GatewayReplyKind.NotKnown:
                LogNotKnown(connection.ConnectionId, reply.Problem);
                break;
        }

        return reply.Kind;
    }

    [LoggerMessage(LogLevel.Information, "Swept the table of connections: {Result}")]
    private partial void LogSwept(SweepResult result);

    [LoggerMessage(LogLevel.Debug, "The account's requests are used up; the sweep pauses for {Pause}")]
    private partial void LogThrottled(TimeSpan pause);

    [LoggerMessage(LogLevel.Debug, "The gateway does not say whether {ConnectionId} is open: {Problem}")]
    private partial void LogNotKnown(string connectionId, string? problem);

    [LoggerMessage(LogLevel.Error, "A sweep of the table of connections failed; the next one starts from the beginning")]
    private partial void LogFailed(Exception failure);

    private sealed class SweepCount
    {
        private int _asked;
        private int _gone;
        private int _notKnown;

        public SweepResult Result => new(_asked, _gone, _notKnown);

        public void Add(GatewayReplyKind reply)
        {
            Interlocked.Increment(ref _asked);
            if (reply == GatewayReplyKind.Gone)
                Interlocked.Increment(ref _gone);
            else if (reply != GatewayReplyKind.Open)
                Interlocked.Increment(ref _notKnown);
        }
    }
}

/// <summary>
/// How many rows were old enough to be checked, how many of them were stale, and about how many the gateway said nothing.
/// </summary>
public readonly record struct SweepResult(int Checked, int Stale, int NotKnown)
{
    public override string ToString() => $"{Checked} checked, {Stale} stale, {NotKnown} not known";
}
