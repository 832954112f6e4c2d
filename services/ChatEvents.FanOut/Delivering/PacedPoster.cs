using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Every post of this worker, whichever walk it belongs to, passes here: so many at once, so many a second.</summary>
public sealed class PacedPoster(IConnectionPoster poster, PostRate rate, FanOutMeters meters, IOptions<FanOutOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning)
    {
        await rate.TakeAsync(abandoning).ConfigureAwait(false);
        await _slots.WaitAsync(abandoning).ConfigureAwait(false);
        var begunAt = meters.BeginPost();
        var delivery = new Delivery(DeliveryOutcome.Failed, Reason: "abandoned");
        try
        {
            delivery = await poster.PostAsync(connection, message, abandoning).ConfigureAwait(false);
            if (delivery.Outcome != DeliveryOutcome.Throttled)
                rate.CountAccepted();
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
