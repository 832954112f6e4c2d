using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Reach;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ChatEvents.FanOut.Delivering;

/// <summary>How often and how soon a late connection is posted to again. The only place that retries posts.</summary>
public sealed class LateRetries
{
    /// <summary>How often a connection in its handshake is tried: its <c>$connect</c> usually returns within a second.</summary>
    private static readonly TimeSpan HandshakeDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How much longer the worker waits for a client that does not read while the account refuses posts. Not forever: where workers share
    /// a quota, refusals never quite end. Arbitrary.
    /// </summary>
    private const int PatienceWhileHeldBack = 4;

    private static readonly ResiliencePropertyKey<Lane> LaneKey = new(nameof(Lane));

    private readonly PostRate _rate;
    private readonly GatewayReach _reach;
    private readonly FanOutOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ResiliencePipeline<Delivery> _posts;
    private readonly ResiliencePipeline<Delivery> _closes;

    public LateRetries(PostRate rate, GatewayReach reach, IOptions<FanOutOptions> options, TimeProvider time, Func<double> jitter)
    {
        (_rate, _reach, _options, _time, _jitter) = (rate, reach, options.Value, time, jitter);
        _posts = RetryWhile(IsWorthAnother);
        _closes = RetryWhile(attempt => attempt.AttemptNumber + 1 < _options.Attempts
            && attempt.Outcome.Result.Outcome is DeliveryOutcome.Throttled or DeliveryOutcome.Failed);
    }

    /// <summary>Posts the first waiting message of a lane until the outcome is final.</summary>
    /// <param name="lane">The connection and its messages.</param>
    /// <param name="post">Makes one post.</param>
    /// <param name="pausing">Ends the pauses between posts; a post under way is not cancelled.</param>
    public async Task<Delivery> PostAsync(Lane lane, Func<ValueTask<Delivery>> post, CancellationToken pausing)
    {
        var context = ResilienceContextPool.Shared.Get(pausing);
        context.Properties.Set(LaneKey, lane);
        try
        {
            return await _posts.ExecuteAsync(static (_, post) => post(), context, post);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public ValueTask<Delivery> CloseAsync(Func<CancellationToken, ValueTask<Delivery>> close, CancellationToken abandoning) =>
        _closes.ExecuteAsync(close, abandoning);

    /// <summary>
    /// Whether the time is up for a connection that does not read. It gets more time while the account refuses posts, because then it need
    /// not be the client's fault; nor is an outage, so its time begins again behind one.
    /// </summary>
    public bool IsOverdue(Lane lane, Delivery last) => last.Outcome == DeliveryOutcome.Throttled
        && _time.GetUtcNow() - SinceWhen(lane) >= (_rate.IsHeldBack ? PatienceWhileHeldBack : 1) * _options.ParkedFor;

    private DateTimeOffset SinceWhen(Lane lane) =>
        _reach.Of(lane.Connection.Endpoint).BackAt is var back && back > lane.Since ? back : lane.Since;

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

    private ResiliencePipeline<Delivery> RetryWhile(Func<RetryPredicateArguments<Delivery>, bool> isWorthAnother) =>
        new ResiliencePipelineBuilder<Delivery> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<Delivery>
            {
                ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception is null && isWorthAnother(attempt)),
                MaxRetryAttempts = int.MaxValue, // ShouldHandle decides when to end
                BackoffType = DelayBackoffType.Exponential,
                Delay = _options.RetryDelay,
                MaxDelay = _options.MaxRetryDelay,
                UseJitter = true,
                Randomizer = _jitter,
                DelayGenerator = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result.Outcome == DeliveryOutcome.Gone ? HandshakeDelay : attempt.Outcome.Result.RetryAfter),
            })
            .Build();
}
