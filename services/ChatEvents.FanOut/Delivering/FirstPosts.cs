using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Posts a message to a connection once. What that does not settle is left to <see cref="LateDeliveries"/>.</summary>
public sealed class FirstPosts(PacedPoster poster, PostRate rate, StaleConnections stale, FanOutMeters meters, TimeProvider time)
{
    /// <returns>Null when the message is settled at this connection, else how the post ended.</returns>
    /// <exception cref="PostingForbiddenException">This worker may not post, whoever the connection is.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery?> TryDeliverAsync(Connection connection, MessageTally tally, CancellationToken abandoning)
    {
        var delivery = await poster.PostAsync(connection, tally.Message, abandoning);
        if (delivery.Outcome == DeliveryOutcome.Throttled)
            rate.CountRefused(delivery.RetryAfter);
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Delivered:
                tally.Count(delivery.Outcome);
                return null;

            case DeliveryOutcome.TooLarge or DeliveryOutcome.Forbidden:
                tally.CountUndelivered(connection.Id, delivery);
                meters.CountUndelivered();
                return tally.IsForbiddenFromHereOn ? throw new PostingForbiddenException(tally) : null;

            case DeliveryOutcome.Gone when !connection.IsInHandshake(time.GetUtcNow()):
                stale.Report(connection, tally.Room);
                tally.Count(delivery.Outcome);
                return null;

            default:
                return delivery;
        }
    }
}
