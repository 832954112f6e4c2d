using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Posts a message to a connection once. What that does not deliver is left to <see cref="LateDeliveries"/>.</summary>
public sealed class FirstPosts(PacedPoster poster, PostRate rate, LateDeliveries late, StaleConnections stale, TimeProvider time)
{
    public async ValueTask DeliverAsync(Connection connection, MessageTally tally, CancellationToken abandoning)
    {
        if (late.TryFollow(connection, tally))
            return;

        var delivery = await poster.PostAsync(connection, tally.Message, abandoning);
        if (delivery.Outcome == DeliveryOutcome.Throttled)
            rate.CountRefused(delivery.RetryAfter);
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Delivered or DeliveryOutcome.TooLarge or DeliveryOutcome.Forbidden:
                tally.Count(delivery.Outcome);
                break;

            case DeliveryOutcome.Gone when !connection.IsNewborn(time.GetUtcNow()):
                stale.Report(connection, tally.Room);
                tally.Count(delivery.Outcome);
                break;

            default:
                await late.BeginAsync(connection, tally, delivery, abandoning);
                break;
        }
    }
}
