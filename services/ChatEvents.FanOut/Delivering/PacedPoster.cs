using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Makes every post of this worker, for all its walks: limits how many are under way, and how many are made per second.</summary>
public sealed class PacedPoster(
    IConnectionPoster poster, PostPacer pacer, PostRate rate, FanOutMeters meters, IOptions<FanOutOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);

    /// <param name="connection">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="mayMeanTheAccount">Whether a refusal slows all posts down; see <see cref="PostRate.CountRefused"/>.</param>
    /// <param name="abandoning">Drops the post.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery> PostAsync(
        Connection connection, RoomMessage message, bool mayMeanTheAccount, CancellationToken abandoning)
    {
        await pacer.TakeAsync(abandoning).ConfigureAwait(false);
        await _slots.WaitAsync(abandoning).ConfigureAwait(false);
        var begunAt = meters.BeginPost();
        var delivery = new Delivery(DeliveryOutcome.Failed, Reason: "abandoned");
        try
        {
            delivery = await poster.PostAsync(connection, message.Rendered, abandoning).ConfigureAwait(false);
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

    public ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) =>
        poster.CloseAsync(connection, abandoning);

    public void Dispose() => _slots.Dispose();
}
