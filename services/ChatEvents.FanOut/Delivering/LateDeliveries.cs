using ChatEvents.FanOut.Posting;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Goes on where the first post to a connection did not succeed: a newborn that cannot be posted to yet, a client that does not read, a
/// post that failed. The only place that retries.
/// </summary>
public sealed partial class LateDeliveries
{
    /// <summary>How often a newborn is tried: its <c>$connect</c> usually returns within a second.</summary>
    private static readonly TimeSpan HandshakeDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many refusals of a message may be the account's doing, beside the first one. Arbitrary: the rate falls to what the account
    /// takes within a few tenths of a second, so whoever is refused more often is a client that does not read.
    /// </summary>
    private const int RefusalsByTheAccount = 3;

    /// <summary>
    /// How many times as long a client that does not read is waited for while the account refuses posts. Not for ever: where workers share
    /// a quota, refusals never quite end. Arbitrary.
    /// </summary>
    private const int PatienceWhileHeldBack = 4;

    private static readonly ResiliencePropertyKey<Lane> LaneKey = new(nameof(Lane));

    private readonly ResiliencePipeline<Delivery> _retries;
    private readonly ResiliencePipeline<Delivery> _closes;
    private readonly PacedPoster _poster;
    private readonly PostRate _rate;
    private readonly StaleConnections _stale;
    private readonly FanOutMeters _meters;
    private readonly FanOutOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LateDeliveries> _logger;
    private int _count;

    public LateDeliveries(
        PacedPoster poster,
        PostRate rate,
        StaleConnections stale,
        FanOutMeters meters,
        IOptions<FanOutOptions> options,
        TimeProvider time,
        Func<double> jitter,
        ILogger<LateDeliveries> logger)
    {
        (_poster, _rate, _stale, _meters, _options, _time, _logger) = (poster, rate, stale, meters, options.Value, time, logger);
        meters.ObserveLate(() => Count);
        _retries = RetriesWhile(IsWorthAnother, jitter);
        _closes = RetriesWhile(
            attempt => attempt.Outcome.Result is { Outcome: DeliveryOutcome.Throttled or DeliveryOutcome.Failed }
                && attempt.AttemptNumber + 1 < _options.Attempts,
            jitter);
    }

    /// <summary>Connections that this worker tries to reach late now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Works on a lane until nothing waits in it, or until it is to be handed on; then what is left waits there still.</summary>
    /// <param name="lane">The connection and its messages.</param>
    /// <param name="first">How the last post of the first message ended; null when there was none.</param>
    /// <param name="handingOn">Ends the pauses between attempts; a post that is under way is waited for.</param>
    /// <param name="abandoning">Ends everything.</param>
    /// <param name="settled">Called with each message that is settled, unless it was the last.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abandoning"/> was cancelled.</exception>
    public async Task WorkOffAsync(
        Lane lane, Delivery? first, CancellationToken handingOn, CancellationToken abandoning, Func<MessageTally, Task>? settled = null)
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
                else if (IsOverdue(lane, last))
                {
                    await CloseAsync(lane, last, abandoning);
                }
                else
                {
                    var tally = lane.Head;
                    Settle(lane, last, all: false);
                    if (last.Outcome == DeliveryOutcome.Delivered) lane.Unsaved?.Leave(lane, hasDelivered: true);
                    if (settled is not null && lane.Messages > 0) await settled(tally);
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

    /// <summary>Closes a connection that does not read, or lags too far behind; what waits for it is given up.</summary>
    public async Task CloseAsync(Lane lane, Delivery last, CancellationToken abandoning)
    {
        var closed = await _closes.ExecuteAsync(async token => await _poster.CloseAsync(lane.Connection, token), abandoning);
        if (closed.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Gone)
            ClosedSlowReader(lane.Connection.Id, lane.Messages);
        else
            LeftSlowReaderOpen(lane.Connection.Id, lane.Messages, closed.Outcome, closed.Reason);
        Settle(lane, last, all: true);
    }

    /// <summary>Says of each message, once, to how many connections it was not delivered; nothing when it was to all.</summary>
    public void Report(IEnumerable<MessageTally> messages)
    {
        foreach (var tally in messages.Where(tally => tally.Undelivered > 0))
        {
            NotDelivered(tally.Message.MessageId, tally.Undelivered, tally.FirstFailure);
        }
    }

    private async Task<Delivery> DeliverAsync(Lane lane, Delivery? tried, CancellationToken pausing, CancellationToken abandoning)
    {
        var context = ResilienceContextPool.Shared.Get(pausing);
        context.Properties.Set(LaneKey, lane);
        var isParked = false;
        try
        {
            return await _retries.ExecuteAsync(
                async _ =>
                {
                    if (tried is { } first)
                    {
                        tried = null; // that was the first attempt; now comes the pause
                        return first;
                    }

                    if (lane.Unsaved is { } unsaved) await unsaved.EnterAsync(pausing);
                    var delivery = await _poster.PostAsync(lane.Connection, lane.Head.Message, abandoning);
                    lane.Attempts++;
                    if (delivery.Outcome != DeliveryOutcome.Delivered) lane.Unsaved?.Leave(lane, hasDelivered: false);
                    if (delivery.Outcome != DeliveryOutcome.Throttled)
                        return delivery;

                    if (lane.Attempts <= 1 + RefusalsByTheAccount)
                    {
                        if (!lane.IsHandedOn) _rate.CountRefused(delivery.RetryAfter);
                    }
                    else if (!isParked)
                    {
                        isParked = true;
                        _meters.CountParked(1);
                    }

                    return delivery;
                },
                context);
        }
        finally
        {
            if (isParked)
                _meters.CountParked(-1);
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline<Delivery> RetriesWhile(
        Func<RetryPredicateArguments<Delivery>, bool> isWorthAnother, Func<double> jitter) =>
        new ResiliencePipelineBuilder<Delivery> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<Delivery>
            {
                ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception is null && isWorthAnother(attempt)),
                MaxRetryAttempts = int.MaxValue, // ShouldHandle knows when to end
                BackoffType = DelayBackoffType.Exponential,
                Delay = _options.RetryDelay,
                MaxDelay = _options.MaxRetryDelay,
                UseJitter = true,
                Randomizer = jitter,
                DelayGenerator = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result.Outcome == DeliveryOutcome.Gone ? HandshakeDelay : attempt.Outcome.Result.RetryAfter),
            })
            .Build();

    private bool IsWorthAnother(RetryPredicateArguments<Delivery> attempt)
    {
        var lane = attempt.Context.Properties.GetValue(LaneKey, null!);
        var last = attempt.Outcome.Result;
        return last.Outcome switch
        {
            DeliveryOutcome.Gone => lane.Connection.IsInHandshake(_time.GetUtcNow()),
            DeliveryOutcome.Throttled => !IsOverdue(lane, last),
            DeliveryOutcome.Failed or DeliveryOutcome.Forbidden => lane.Attempts < _options.Attempts,
            _ => false,
        };
    }

    /// <summary>
    /// Whether a connection has had all the patience there is for one that does not read. It has more while the account is refused posts:
    /// then it may well be no fault of the client.
    /// </summary>
    private bool IsOverdue(Lane lane, Delivery last) => last.Outcome == DeliveryOutcome.Throttled
        && _time.GetUtcNow() - lane.Since >= (_rate.IsHeldBack ? PatienceWhileHeldBack : 1) * _options.ParkedFor;

    private void Settle(Lane lane, Delivery last, bool all)
    {
        do
        {
            var tally = lane.Head;
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

    [LoggerMessage(LogLevel.Warning,
        "Message {MessageId} was not delivered to {Connections} connections after all retries; the first: {Failure}")]
    private partial void NotDelivered(string messageId, int connections, string? failure);

    [LoggerMessage(LogLevel.Warning, "Closed connection {ConnectionId}, which does not read; {Messages} messages waited.")]
    private partial void ClosedSlowReader(string connectionId, int messages);

    [LoggerMessage(LogLevel.Warning,
        "Connection {ConnectionId} does not read and could not be closed ({Outcome} {Reason}); it lacks {Messages} messages.")]
    private partial void LeftSlowReaderOpen(string connectionId, int messages, DeliveryOutcome outcome, string? reason);
}
