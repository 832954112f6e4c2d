using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// What a walk does at each connection: posts its messages there, in order. A late connection does not keep the others waiting.
/// </summary>
public sealed class WalkDeliveries(FirstPosts posts, WalkLanes lanes, CatchUpLedger ledger)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask DeliverAsync(SharedWalk walk, Connection connection, CancellationToken abandoning)
    {
        if (walk.Debts.Count > 0 && walk.Debts.TryGetValue(connection.Id, out var debt))
        {
            await lanes.FollowAsync(walk, connection, debt, walk.Messages.Where(message => IsFor(connection, message)), abandoning);
            return;
        }

        for (var index = 0; index < walk.Messages.Count; index++)
        {
            if (!IsFor(connection, walk.Messages[index]))
                continue;

            if (await posts.TryDeliverAsync(connection, walk.Messages[index], abandoning) is not { } failed)
                continue;

            // The later messages wait behind it, or they would overtake.
            var late = walk.Messages.Skip(index).Where((message, behind) => behind == 0 || IsFor(connection, message));
            await lanes.BeginAsync(walk, connection, [.. late], failed, abandoning);
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

    private bool IsFor(Connection connection, RoomMessage message) => ledger.TryWalk(message.Room, connection, message.Position);
}
