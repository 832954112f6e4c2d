using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Goes on where a walk's first post did not succeed, so that the walk need not wait: a newborn that cannot be posted to yet, a client
/// that does not read, a post that failed. The only place that retries, each connection in a lane of its own.
/// </summary>
public sealed partial class LateDeliveries : IHostedLifecycleService, IDisposable
{
    /// <summary>Lanes at once; arbitrary, some 2 KB each. A walk that needs one more waits for one to end.</summary>
    private const int MaxLanes = 5_000; // ProgressSchema.Late counts on it

    /// <summary>How often a newborn is tried: its <c>$connect</c> usually returns within a second.</summary>
    private static readonly TimeSpan NewbornDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many refusals of a message may be the account's doing, beside the first one. Arbitrary: the rate falls to what the account
    /// takes within a few tenths of a second, so whoever is refused more often is a client that does not read.
    /// </summary>
    private const int RefusalsByTheAccount = 3;

    private static readonly ResiliencePropertyKey<Lane> LaneKey = new(nameof(Lane));

    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _room = new(MaxLanes);
    private readonly CancellationTokenSource _abandoning = new();
    private readonly ResiliencePipeline<Delivery> _retries;
    private readonly PacedPoster _poster;
    private readonly PostRate _rate;
    private readonly StaleConnections _stale;
    private readonly FanOutMeters _meters;
    private readonly FanOutOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LateDeliveries> _logger;
    private volatile int _count;
    private TaskCompletionSource? _empty;

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
        _retries = new ResiliencePipelineBuilder<Delivery> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Delivery>
            {
                ShouldHandle = attempt => ValueTask.FromResult(IsWorthAnother(attempt)),
                MaxRetryAttempts = int.MaxValue, // ShouldHandle knows when to end
                BackoffType = DelayBackoffType.Exponential,
                Delay = _options.RetryDelay,
                MaxDelay = _options.MaxRetryDelay,
                UseJitter = true,
                Randomizer = jitter,
                DelayGenerator = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result.Outcome == DeliveryOutcome.Gone ? NewbornDelay : attempt.Outcome.Result.RetryAfter),
            })
            .Build();
    }

    /// <summary>Connections that are late for something now.</summary>
    public int Count => _count;

    /// <summary>Puts the message behind those that the connection is late for; false when it is late for none.</summary>
    public bool TryFollow(Connection connection, MessageTally tally)
    {
        if (_count == 0)
            return false;

        lock (_lanes)
        {
            if (!_lanes.TryGetValue(connection.Id, out var lane))
                return false;

            if (lane.Messages >= _options.ParkedMessages || lane.Bytes + tally.Message.Body.Length > _options.ParkedBytes)
                lane.IsOverfull = true;

            tally.BeginLate(connection.Id);
            lane.Add(tally);
            return true;
        }
    }

    /// <summary>Opens a lane for a connection whose first post ended so. Waits when there are too many lanes already.</summary>
    public async Task BeginAsync(Connection connection, MessageTally tally, Delivery first, CancellationToken abandoning)
    {
        await _room.WaitAsync(abandoning);
        var lane = new Lane(connection, _time.GetUtcNow());
        lock (_lanes)
        {
            // Another room's walk may have opened one since; then this message is behind that one's.
            if (_lanes.TryGetValue(connection.Id, out var open))
            {
                tally.BeginLate(connection.Id);
                open.Add(tally);
                _room.Release();
                return;
            }

            tally.BeginLate(connection.Id);
            lane.Add(tally);
            _lanes.Add(connection.Id, lane);
            _count = _lanes.Count;
        }

        _ = WorkOffAsync(lane, first);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Waits for the lanes to end; what is left when the host's patience is over is given up. Before anything is stopped, so that health
    /// is told meanwhile, and after the pump, which does the same.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        Task empty;
        lock (_lanes)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_lanes.Count == 0)
                _empty.TrySetResult();
            empty = _empty.Task;
        }

        await empty.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abandoning.CancelAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _abandoning.Dispose();
        _room.Dispose();
    }

    private async Task WorkOffAsync(Lane lane, Delivery first)
    {
        try
        {
            for (Delivery? tried = first; ; tried = null)
            {
                var tally = HeadOf(lane);
                var last = await DeliverAsync(lane, tally, tried);
                if (tally.IsHandedBack && last.Outcome != DeliveryOutcome.Delivered)
                {
                    if (!LeaveHead(lane))
                        return;
                    continue;
                }

                var isOver = last.Outcome is DeliveryOutcome.Gone || IsOverdue(lane, last);
                if (isOver)
                    await PartAsync(lane, tally.Room, last);

                if (!EndHead(lane, last, all: isOver))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            EndLane(lane);
            Abandoned(lane.Connection.Id, lane.Messages);
        }
        catch (Exception unexpected)
        {
            // Nobody awaits a lane. What it held is not delivered, and other connections have lanes of their own.
            EndLane(lane);
            Failed(lane.Connection.Id, lane.Messages, unexpected);
        }
    }

    private async Task<Delivery> DeliverAsync(Lane lane, MessageTally tally, Delivery? tried)
    {
        var context = ResilienceContextPool.Shared.Get(_abandoning.Token);
        context.Properties.Set(LaneKey, lane);
        var refusals = 0;
        try
        {
            return await _retries.ExecuteAsync(
                async context =>
                {
                    if (tried is { } first)
                    {
                        tried = null; // the walk's own post was the first attempt
                        return first;
                    }

                    if (tally.IsHandedBack)
                        return new Delivery(DeliveryOutcome.Failed, Reason: "handed back");

                    var delivery = await _poster.PostAsync(lane.Connection, tally.Message, context.CancellationToken);
                    if (delivery.Outcome != DeliveryOutcome.Throttled)
                        return delivery;

                    if (++refusals <= RefusalsByTheAccount)
                        _rate.CountRefused(delivery.RetryAfter);
                    else if (refusals == RefusalsByTheAccount + 1)
                        _meters.CountParked(1);
                    return delivery;
                },
                context);
        }
        finally
        {
            if (refusals > RefusalsByTheAccount)
                _meters.CountParked(-1);
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool IsWorthAnother(RetryPredicateArguments<Delivery> attempt)
    {
        if (attempt.Outcome.Exception is not null)
            return false;

        var lane = attempt.Context.Properties.GetValue(LaneKey, null!);
        var last = attempt.Outcome.Result;
        if (HeadOf(lane).IsHandedBack)
            return false;

        return last.Outcome switch
        {
            DeliveryOutcome.Gone => lane.Connection.IsNewborn(_time.GetUtcNow()),
            DeliveryOutcome.Throttled => !IsOverdue(lane, last),
            DeliveryOutcome.Failed => attempt.AttemptNumber + 1 < _options.Attempts && !IsOverdue(lane, last),
            _ => false,
        };
    }

    /// <summary>
    /// Whether a connection has had all the patience there is for one that does not read. Not while the account is refused posts: then
    /// it may well be no fault of the client.
    /// </summary>
    private bool IsOverdue(Lane lane, Delivery last) => last.Outcome is DeliveryOutcome.Throttled or DeliveryOutcome.Failed
        && (lane.IsOverfull
            || (last.Outcome == DeliveryOutcome.Throttled
                && _time.GetUtcNow() - lane.Since >= _options.ParkedFor
                && !_rate.IsHeldBack));

    private async Task PartAsync(Lane lane, string room, Delivery last)
    {
        if (last.Outcome == DeliveryOutcome.Gone)
        {
            _stale.Report(lane.Connection, room);
            return;
        }

        var closed = await _poster.CloseAsync(lane.Connection, _abandoning.Token);
        ClosedSlowReader(lane.Connection.Id, lane.Messages, closed.Outcome);
    }

    private MessageTally HeadOf(Lane lane)
    {
        lock (_lanes) return lane.Head;
    }

    /// <returns>Whether there is more to do in the lane.</returns>
    private bool LeaveHead(Lane lane)
    {
        lock (_lanes)
        {
            lane.RemoveHead();
            if (lane.Messages > 0)
                return true;

            Remove(lane);
            return false;
        }
    }

    /// <returns>Whether there is more to do in the lane.</returns>
    private bool EndHead(Lane lane, Delivery last, bool all)
    {
        while (true)
        {
            MessageTally tally;
            bool isLast;
            lock (_lanes)
            {
                tally = lane.Head;
                lane.RemoveHead();
                isLast = lane.Messages == 0;
                if (isLast)
                    Remove(lane);
            }

            if (last.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Gone)
                tally.Count(last.Outcome);
            else
                CountUndelivered(tally, lane.Connection.Id, last);

            if (tally.EndLate(lane.Connection.Id))
                Report(tally);
            if (isLast || !all)
                return !isLast;
        }
    }

    private void CountUndelivered(MessageTally tally, string connectionId, Delivery last)
    {
        tally.CountUndelivered(connectionId, last);
        _meters.CountUndelivered();
    }

    private void EndLane(Lane lane)
    {
        lock (_lanes) Remove(lane);
    }

    private void Remove(Lane lane)
    {
        _lanes.Remove(lane.Connection.Id);
        _count = _lanes.Count;
        _room.Release();
        if (_count == 0)
            _empty?.TrySetResult();
    }

    private void Report(MessageTally tally)
    {
        if (tally.Undelivered > 0)
            NotDelivered(tally.Message.MessageId, tally.Undelivered, tally.FirstFailure);
        else
            AllLateDelivered(tally.Message.MessageId);
    }

    [LoggerMessage(LogLevel.Warning,
        "Message {MessageId} was not delivered to {Connections} connections after all retries; the first: {Failure}")]
    private partial void NotDelivered(string messageId, int connections, string? failure);

    [LoggerMessage(LogLevel.Debug, "Message {MessageId} is at all connections that were late for it.")]
    private partial void AllLateDelivered(string messageId);

    [LoggerMessage(LogLevel.Warning, "Closed connection {ConnectionId}, which does not read; {Messages} messages waited ({Outcome}).")]
    private partial void ClosedSlowReader(string connectionId, int messages, DeliveryOutcome outcome);

    [LoggerMessage(LogLevel.Error, "The late deliveries to connection {ConnectionId} failed; {Messages} messages are lost to it.")]
    private partial void Failed(string connectionId, int messages, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Stopped with {Messages} messages that connection {ConnectionId} was late for.")]
    private partial void Abandoned(string connectionId, int messages);
}
