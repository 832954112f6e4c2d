using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Continues where the first post to a connection did not succeed: the connection is in its handshake and cannot be posted to yet, its
/// client does not read, or the post failed.
/// </summary>
public sealed partial class LateDeliveries
{
    /// <summary>
    /// How many refusals of a message, after the first one, may be due to the account. Arbitrary: the rate falls to what the account takes
    /// within a few tenths of a second, so a client that is refused more often does not read.
    /// </summary>
    private const int RefusalsByTheAccount = 3;

    private readonly PacedPoster _poster;
    private readonly LateRetries _retries;
    private readonly StaleConnections _stale;
    private readonly FanOutMeters _meters;
    private readonly ILogger<LateDeliveries> _logger;
    private int _count;

    public LateDeliveries(
        PacedPoster poster, LateRetries retries, StaleConnections stale, FanOutMeters meters, ILogger<LateDeliveries> logger)
    {
        (_poster, _retries, _stale, _meters, _logger) = (poster, retries, stale, meters, logger);
        meters.ObserveLate(() => Count);
    }

    /// <summary>Connections that this worker tries to reach late now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Works on a lane until it is empty, or until <paramref name="handingOn"/>; then the rest still waits in it.</summary>
    /// <param name="lane">The connection and its messages.</param>
    /// <param name="first">How the last post of the first message ended; null if there was none.</param>
    /// <param name="handingOn">Ends the pauses between posts; a post under way is not cancelled.</param>
    /// <param name="abandoning">Ends everything.</param>
    /// <param name="settled">Called with each settled message except the last.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abandoning"/> was cancelled.</exception>
    public async Task WorkOffAsync(
        Lane lane, Delivery? first, CancellationToken handingOn, CancellationToken abandoning, Func<RoomMessage, Task>? settled = null)
    {
        Interlocked.Increment(ref _count);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(handingOn, abandoning);
        try
        {
            for (var tried = first; lane.Messages > 0; tried = null)
            {
                var last = await DeliverAsync(lane, tried, either.Token, abandoning);
                if (last.Outcome == DeliveryOutcome.Gone)
                {
                    _stale.Report(lane.Connection, lane.Head.Room);
                    Settle(lane, last, all: true);
                }
                else if (_retries.IsOverdue(lane, last))
                {
                    await CloseAsync(lane, last, abandoning);
                }
                else
                {
                    var message = lane.Head;
                    Settle(lane, last, all: false);
                    if (settled is not null && lane.Messages > 0) await settled(message);
                }
            }
        }
        catch (OperationCanceledException) when (!abandoning.IsCancellationRequested)
        {
            // To be handed on: what was not settled waits in the lane.
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Closes a connection that does not read or lags too far behind, and gives up what waits for it.</summary>
    public async Task CloseAsync(Lane lane, Delivery last, CancellationToken abandoning)
    {
        var closed = await _retries.CloseAsync(token => _poster.CloseAsync(lane.Connection, token), abandoning);
        if (closed.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Gone)
            ClosedSlowReader(lane.Connection.Id, lane.Messages);
        else
            LeftSlowReaderOpen(lane.Connection.Id, lane.Messages, closed.Outcome, closed.Reason);
        Settle(lane, last, all: true);
    }

    private async Task<Delivery> DeliverAsync(Lane lane, Delivery? tried, CancellationToken pausing, CancellationToken abandoning)
    {
        var isParked = false;
        try
        {
            return await _retries.PostAsync(lane, PostAsync, pausing);
        }
        finally
        {
            if (isParked)
                _meters.CountParked(-1);
        }

        async ValueTask<Delivery> PostAsync()
        {
            if (tried is { } first)
            {
                tried = null; // that was the first attempt; the pause comes now
                return first;
            }

            var mayMeanTheAccount = lane.Attempts <= RefusalsByTheAccount;
            var delivery = await _poster.PostLateAsync(
                lane.Connection, lane.Head, mayMeanTheAccount && !lane.IsHandedOn, pausing, abandoning);
            lane.Attempts++;
            if (delivery.Outcome == DeliveryOutcome.Throttled && !mayMeanTheAccount && !isParked)
            {
                isParked = true;
                _meters.CountParked(1);
            }

            return delivery;
        }
    }

    private void Settle(Lane lane, Delivery last, bool all)
    {
        do
        {
            var tally = lane.Head.Tally;
            if (last.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Gone)
            {
                tally.Count(last.Outcome);
            }
            else
            {
                tally.CountUndelivered(lane.Connection.Id, last);
                _meters.CountUndelivered();
            }

            tally.EndLate(lane.Connection.Id, isHandedOn: false);
            lane.SettleHead();
        }
        while (all && lane.Messages > 0);
        lane.IsOver = all;
    }

    [LoggerMessage(LogLevel.Warning, "Closed connection {ConnectionId}, which does not read; {Messages} messages waited.")]
    private partial void ClosedSlowReader(string connectionId, int messages);

    [LoggerMessage(LogLevel.Warning,
        "Connection {ConnectionId} does not read and could not be closed ({Outcome} {Reason}); it lacks {Messages} messages.")]
    private partial void LeftSlowReaderOpen(string connectionId, int messages, DeliveryOutcome outcome, string? reason);
}
