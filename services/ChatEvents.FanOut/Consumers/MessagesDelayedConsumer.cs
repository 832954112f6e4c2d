using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings one connection what a walk did not wait for. Ends when that is delivered or given up; until then the event stays on its queue,
/// and further events for this connection wait behind it.
/// </summary>
public sealed class MessagesDelayedConsumer(
    OwedDeliveries owed, LateMessages messages, LateDeliveries late, UndeliveredMessages undelivered, CallbackEndpoints endpoints)
    : IConsumer<MessagesDelayed>
{
    public async Task Consume(ConsumeContext<MessagesDelayed> context)
    {
        var delayed = context.Message;
        var positions = await owed.StillOwedAsync(delayed, context.CancellationToken);
        if (positions.Count == 0)
            return;

        if (endpoints.Find(delayed.CallbackEndpoint, delayed.ConnectionId) is not { } endpoint)
        {
            await owed.SettleAsync(delayed, context.CancellationToken);
            return;
        }

        var connection = new Connection(delayed.ConnectionId, endpoint, delayed.ConnectedAt) { Dialect = delayed.Dialect };
        var found = (await messages.FindAsync(delayed.Room, positions, context.CancellationToken))
            .Where(message => message.For(connection.Dialect) is not null).ToList();
        var attempts = positions.Count == delayed.Positions.Count ? delayed.Attempts : 0; // they are those of the first message
        var lane = new Lane(connection, found, delayed.LateSince) { Attempts = attempts, IsHandedOn = true };

        // Pause before the first post: the gateway has just refused one.
        Delivery? last = attempts > 0 ? new Delivery(DeliveryOutcome.Failed, Reason: "handed on") : null;
        foreach (var message in found) message.Tally.BeginLate(connection.Id);
        try
        {
            await late.WorkOffAsync(
                lane,
                last,
                handingOn: CancellationToken.None,
                context.CancellationToken,
                settled: message => owed.SettleAsync(delayed, message.Position, context.CancellationToken));
        }
        finally
        {
            foreach (var message in found) message.Tally.EndLate(connection.Id, isHandedOn: false);
        }

        await owed.SettleAsync(delayed, context.CancellationToken);
        foreach (var message in found) undelivered.Report(message, isLast: false);
    }
}
