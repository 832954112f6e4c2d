using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Posts a message to a connection once. What that does not settle is left to <see cref="LateDeliveries"/>.</summary>
public sealed class FirstPosts(PacedPoster poster, PostRate rate, StaleConnections stale, TimeProvider time)
{
    /// <returns>Null when the message is settled at this connection, else how the post ended.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery?> TryDeliverAsync(Connection connection, MessageTally tally, CancellationToken abandoning)
    {
        var delivery = await poster.PostAsync(connection, tally.Message, abandoning);
        if (delivery.Outcome == DeliveryOutcome.Throttled)
            rate.CountRefused(delivery.RetryAfter);
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Delivered or DeliveryOutcome.TooLarge or DeliveryOutcome.Forbidden:
                tally.Count(delivery.Outcome);
                return null;

            case DeliveryOutcome.Gone when !connection.IsNewborn(time.GetUtcNow()):
                stale.Report(connection, tally.Room);
                tally.Count(delivery.Outcome);
                return null;

            default:
                return delivery;
        }
    }
}
