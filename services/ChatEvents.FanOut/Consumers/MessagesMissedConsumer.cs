using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings one connection the messages that may have passed it by before its membership was written, in their order, up to the first that
/// a walk brings it.
/// </summary>
public sealed class MessagesMissedConsumer(
    RecentLog recent,
    CatchUpLedger ledger,
    LateDeliveries late,
    CallbackEndpoints endpoints,
    TimeProvider time,
    ILogger<MessagesMissedConsumer> logger)
    : IConsumer<MessagesMissed>
{
    public async Task Consume(ConsumeContext<MessagesMissed> context)
    {
        var missed = context.Message;
        var connection = new Connection(missed.ConnectionId, endpoints.Of(missed.CallbackEndpoint), missed.ConnectedAt)
        {
            JoinedAt = missed.Since,
        };
        var count = 0;
        await foreach (var tally in recent.ReadSinceAsync(missed.Room, missed.Since, context.CancellationToken))
        {
            if (!ledger.TryCatchUp(missed.Room, connection, tally.Position))
                break;

            var lane = new Lane(connection, [tally], time.GetUtcNow());
            await late.WorkOffAsync(lane, first: null, handingOn: CancellationToken.None, context.CancellationToken);
            late.Report([tally]);
            if (lane.IsOver)
                return;

            count++;
        }

        if (count > 0)
            Log.CaughtUp(logger, missed.ConnectionId, count, missed.Room);
    }
}
