using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Reach;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Makes every post of this worker, for all its walks: limits how many are under way, and how many are made per second, and holds those
/// that an outage would make fail.
/// </summary>
public sealed class PacedPoster(
    IConnectionPoster poster,
    PostPacer pacer,
    PostRate rate,
    GatewayReach reach,
    FanOutMeters meters,
    IOptions<FanOutOptions> options,
    TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);
    private readonly TimeSpan _maxAge = options.Value.MaxMessageAge;

    /// <summary>Posts for a walk, which waits for an outage of everybody, but not for one of this endpoint alone.</summary>
    /// <returns>Null if the endpoint is out of reach: nothing can be said of the connection.</returns>
    public ValueTask<Delivery?> PostInWalkAsync(Connection connection, RoomMessage message, CancellationToken abandoning) =>
        TryPostAsync(connection, message, mayMeanTheAccount: true, isHeldAlone: false, abandoning, abandoning);

    /// <summary>Posts for a late connection, as soon as its endpoint can be reached.</summary>
    /// <param name="connection">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="mayMeanTheAccount">Whether a refusal slows all posts down; see <see cref="PostRate.CountRefused"/>.</param>
    /// <param name="waiting">Ends waiting for the endpoint; a post under way is not cancelled.</param>
    /// <param name="abandoning">Drops the post.</param>
    public async ValueTask<Delivery> PostLateAsync(
        Connection connection, RoomMessage message, bool mayMeanTheAccount, CancellationToken waiting, CancellationToken abandoning) =>
        (await TryPostAsync(connection, message, mayMeanTheAccount, isHeldAlone: true, waiting, abandoning))!.Value; // it waits

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        poster.CloseAsync(connection, abandoning);

    public void Dispose() => _slots.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery?> TryPostAsync(
        Connection connection,
        RoomMessage message,
        bool mayMeanTheAccount,
        bool isHeldAlone,
        CancellationToken waiting,
        CancellationToken abandoning)
    {
        // Removed while its walk, or a late delivery, was under way: nothing is left for clients of this dialect.
        if (message.For(connection.Dialect) is not { } rendered) return new Delivery(DeliveryOutcome.Delivered);

        var endpoint = reach.Of(connection.Endpoint);
        var until = message.PostedAt + _maxAge;
        while (await endpoint.MayPostAsync(connection.Id, until, isHeldAlone, waiting).ConfigureAwait(false))
        {
            var answersBefore = endpoint.Answers;
            var delivery = await PostOnceAsync(connection, rendered, mayMeanTheAccount, abandoning).ConfigureAwait(false);
            if (delivery.IsAnswer)
            {
                endpoint.CountAnswer();
                return delivery;
            }

            var isHeld = await endpoint.IsToBlameAsync(connection.Id, delivery, answersBefore, abandoning).ConfigureAwait(false);
            if (!isHeld || until <= time.GetUtcNow())
                return delivery;
        }

        return null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Delivery> PostOnceAsync(
        Connection connection, RenderedMessage rendered, bool mayMeanTheAccount, CancellationToken abandoning)
    {
        await pacer.TakeAsync(abandoning).ConfigureAwait(false);
        await _slots.WaitAsync(abandoning).ConfigureAwait(false);
        var begunAt = meters.BeginPost();
        var delivery = new Delivery(DeliveryOutcome.Failed, Reason: "abandoned");
        try
        {
            delivery = await poster.PostAsync(connection, rendered, abandoning).ConfigureAwait(false);
            if (delivery.Outcome != DeliveryOutcome.Throttled)
                rate.CountAccepted();
            else if (mayMeanTheAccount)
                rate.CountRefused(delivery.RetryAfter);
            return delivery;
        }
        finally
        {
            meters.EndPost(begunAt, delivery);
            _slots.Release();
        }
    }
}
