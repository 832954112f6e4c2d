using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// What a walk does at each connection: posts its messages there, in order, each once. A connection where that does not succeed is late,
/// and does not keep the others waiting.
/// </summary>
public sealed class WalkDeliveries(
    PacedPoster poster, StaleConnections stale, WalkLanes lanes, CatchUpLedger ledger, FanOutMeters meters, TimeProvider time)
{
    /// <exception cref="PostingForbiddenException">This worker may not post to any connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask DeliverAsync(SharedWalk walk, Connection connection, CancellationToken abandoning)
    {
        if (walk.Debts.TryGetValue(connection.Id, out var debt))
        {
            await lanes.FollowAsync(walk, connection, debt, walk.Messages.Where(message => IsFor(connection, message)), abandoning);
            return;
        }

        for (var index = 0; index < walk.Messages.Count; index++)
        {
            var message = walk.Messages[index];
            if (!IsFor(connection, message))
                continue;

            var delivery = await poster.PostInWalkAsync(connection, message, abandoning);
            if (delivery is { } posted && IsSettled(connection, message, posted))
                continue;

            // The later messages wait behind it, or they would overtake.
            var late = walk.Messages.Skip(index).Where(later => IsFor(connection, later));
            await lanes.BeginAsync(walk, connection, [.. late], delivery, abandoning);
            return;
        }
    }

    /// <summary>Continues with a connection that was late when another worker had the messages.</summary>
    public ValueTask TakeOverAsync(SharedWalk walk, Connection connection, CancellationToken abandoning)
    {
        var late = walk.LateBefore[connection.Id];
        return walk.Debts.TryGetValue(connection.Id, out var debt)
            ? lanes.FollowAsync(walk, connection, debt, late, abandoning)
            : lanes.BeginAsync(walk, connection, late, new Delivery(DeliveryOutcome.Failed, Reason: "the worker ended"), abandoning);
    }

    private bool IsFor(Connection connection, RoomMessage message) => message.For(connection.Dialect) is not null
        && (message.IsNotice || ledger.TryWalk(message.Room, connection, message.Position));

    private bool IsSettled(Connection connection, RoomMessage message, Delivery delivery)
    {
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Delivered:
                message.Tally.Count(delivery.Outcome);
                return true;

            case DeliveryOutcome.TooLarge or DeliveryOutcome.Forbidden:
                message.Tally.CountUndelivered(connection.Id, delivery);
                meters.CountUndelivered();
                return message.Tally.IsForbiddenFromHereOn ? throw new PostingForbiddenException(message) : true;

            case DeliveryOutcome.Gone when !connection.IsInHandshake(time.GetUtcNow()):
                stale.Report(connection, message.Room);
                message.Tally.Count(delivery.Outcome);
                return true;

            default:
                return false;
        }
    }
}
