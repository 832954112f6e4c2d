using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>Posts a message to a connection once. <see cref="LateDeliveries"/> continues where that does not settle it.</summary>
public sealed class FirstPosts(PacedPoster poster, StaleConnections stale, FanOutMeters meters, TimeProvider time)
{
    /// <returns>Null if the message is settled at this connection, else how the post ended.</returns>
    /// <exception cref="PostingForbiddenException">This worker may not post to any connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery?> TryDeliverAsync(Connection connection, RoomMessage message, CancellationToken abandoning)
    {
        var delivery = await poster.PostAsync(connection, message, mayMeanTheAccount: true, abandoning);
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Delivered:
                message.Tally.Count(delivery.Outcome);
                return null;

            case DeliveryOutcome.TooLarge or DeliveryOutcome.Forbidden:
                message.Tally.CountUndelivered(connection.Id, delivery);
                meters.CountUndelivered();
                return message.Tally.IsForbiddenFromHereOn ? throw new PostingForbiddenException(message) : null;

            case DeliveryOutcome.Gone when !connection.IsInHandshake(time.GetUtcNow()):
                stale.Report(connection, message.Room);
                message.Tally.Count(delivery.Outcome);
                return null;

            default:
                return delivery;
        }
    }
}

/// <summary>
/// All posts of a message were forbidden, or all from some point on: the worker is configured wrongly or its credentials have expired, and
/// the message must not count as delivered.
/// </summary>
public sealed class PostingForbiddenException(RoomMessage message) : Exception(
    $"Message {message.Id} was forbidden at {message.Tally[DeliveryOutcome.Forbidden]} connections: the worker's role needs "
    + "execute-api:ManageConnections, and the callback endpoint must name the right stage.");
