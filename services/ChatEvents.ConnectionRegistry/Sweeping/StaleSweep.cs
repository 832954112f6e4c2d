using System.Runtime.CompilerServices;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>
/// Walks the table of connections once per interval and asks the gateway about those old enough to have been cut off for silence. It
/// finds connections whose <c>$disconnect</c> never came and to whom nobody has posted since.
/// </summary>
public sealed partial class StaleSweep(
    RegistryRows rows,
    ConnectionRegistry registry,
    GatewayProbe gateway,
    IOptions<SweepOptions> options,
    TimeProvider time,
    ILogger<StaleSweep> logger) : BackgroundService
{
    /// <summary>How often a worker looks whether a sweep is due; one that another worker began is not.</summary>
    private static readonly TimeSpan MaxTurnPoll = TimeSpan.FromMinutes(1);

    /// <summary>How long to keep quiet when the account's requests are used up. Arbitrary: quotas refill by the second.</summary>
    private static readonly TimeSpan ThrottledPause = TimeSpan.FromSeconds(5);

    /// <summary>Enough to keep the default pace at 300 ms per answer.</summary>
    private const int QuestionsAtOnce = 16;

    private long _quietUntil;

    /// <summary>One sweep of the whole table.</summary>
    public async Task<SweepResult> SweepAsync(CancellationToken stopping)
    {
        var found = new SweepCount();
        await Parallel.ForEachAsync(
            PacedAsync(rows.ReadOpenedBeforeAsync(time.GetUtcNow() - Limits.IdleTimeout, stopping), stopping),
            new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = stopping },
            async (connection, cancellation) => found.Add(await CheckAsync(connection, cancellation)));
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
                if (await rows.TryTakeSweepAsync(time.GetUtcNow(), interval, stoppingToken))
                    LogSwept(await SweepAsync(stoppingToken));
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is lost: the rows are still there for the next sweep.
                LogFailed(failure);
            }
        }
    }

    /// <summary>Hands out connections no faster than the gateway is to be asked.</summary>
    private async IAsyncEnumerable<Connection> PacedAsync(
        IAsyncEnumerable<Connection> connections, [EnumeratorCancellation] CancellationToken stopping)
    {
        var pace = TimeSpan.FromSeconds(1) / options.Value.ChecksPerSecond;
        var next = time.GetUtcNow();
        await foreach (var connection in connections.WithCancellation(stopping))
        {
            // Time that a slow page cost is not made up for by a burst of questions.
            next = Later(next, time.GetUtcNow());

            // Looked at again after each wait, in which the answer to the question before may have come.
            while ((next = Later(next, new(Volatile.Read(ref _quietUntil), TimeSpan.Zero))) - time.GetUtcNow() is var left && left > TimeSpan.Zero)
                await Task.Delay(left, time, stopping);
            yield return connection;
            next += pace;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private async Task<ProbeOutcome> CheckAsync(Connection connection, CancellationToken stopping)
    {
        // Where TTL deletes late, or not at all, the two hours of a connection need no asking.
        var now = time.GetUtcNow();
        var outcome = connection.ExpiresAt <= now ? ProbeOutcome.Gone : await gateway.AskAsync(connection, stopping);
        if (outcome == ProbeOutcome.Throttled)
        {
            Volatile.Write(ref _quietUntil, (now + ThrottledPause).UtcTicks);
            LogThrottled(ThrottledPause);
        }

        if (outcome == ProbeOutcome.Gone)
            await registry.CloseAsync(
                new ConnectionClosed
                {
                    ConnectionId = connection.ConnectionId,
                    ConnectedAt = connection.ConnectedAt,
                    ClosedAt = now,
                    Because = ClosedBecause.Gone,
                },
                stopping);
        return outcome;
    }

    [LoggerMessage(LogLevel.Information, "Swept the table of connections: {Result}")]
    private partial void LogSwept(SweepResult result);

    [LoggerMessage(LogLevel.Debug, "The account's requests are used up; the sweep asks nothing for {Pause}")]
    private partial void LogThrottled(TimeSpan pause);

    [LoggerMessage(LogLevel.Error, "A sweep of the table of connections failed; the next one begins anew")]
    private partial void LogFailed(Exception failure);

    private sealed class SweepCount
    {
        private int _asked;
        private int _gone;
        private int _notKnown;

        public SweepResult Result => new(_asked, _gone, _notKnown);

        public void Add(ProbeOutcome outcome)
        {
            Interlocked.Increment(ref _asked);
            if (outcome == ProbeOutcome.Gone)
                Interlocked.Increment(ref _gone);
            else if (outcome != ProbeOutcome.Open)
                Interlocked.Increment(ref _notKnown);
        }
    }
}

/// <summary>How many rows were old enough to be looked at, how many of them were stale, and of how many the gateway said nothing.</summary>
public readonly record struct SweepResult(int Checked, int Stale, int NotKnown)
{
    public override string ToString() => $"{Checked} checked, {Stale} stale, {NotKnown} not known";
}
