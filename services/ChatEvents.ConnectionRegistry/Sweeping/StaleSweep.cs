using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>
/// Walks the table of connections once per interval and asks the gateway about those old enough to have been cut off for silence. It
/// finds connections whose <c>$disconnect</c> never came and to whom nobody has posted since.
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
    /// <summary>How often a worker looks whether a sweep is due; one that another worker began is not.</summary>
    private static readonly TimeSpan MaxTurnPoll = TimeSpan.FromMinutes(1);

    /// <summary>How long to keep quiet when the account's requests are used up. Arbitrary: quotas refill by the second.</summary>
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
                if (await closedConnections.TryTakeSweepAsync(time.GetUtcNow(), interval, stoppingToken))
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
        // Where TTL deletes late, or not at all, the two hours of a connection need no asking.
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

    [LoggerMessage(LogLevel.Debug, "The account's requests are used up; the sweep asks nothing for {Pause}")]
    private partial void LogThrottled(TimeSpan pause);

    [LoggerMessage(LogLevel.Debug, "The gateway does not say whether {ConnectionId} is open: {Problem}")]
    private partial void LogNotKnown(string connectionId, string? problem);

    [LoggerMessage(LogLevel.Error, "A sweep of the table of connections failed; the next one begins anew")]
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

/// <summary>How many rows were old enough to be looked at, how many of them were stale, and of how many the gateway said nothing.</summary>
public readonly record struct SweepResult(int Checked, int Stale, int NotKnown)
{
    public override string ToString() => $"{Checked} checked, {Stale} stale, {NotKnown} not known";
}
