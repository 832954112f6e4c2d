using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings one connection the messages that it may have missed before its membership was written, in their order, up to the first that a
/// walk brings it.
/// </summary>
public sealed partial class MessagesMissedConsumer(
    RecentLog recent,
    CatchUpLedger ledger,
    LateDeliveries late,
    UndeliveredMessages undelivered,
    CallbackEndpoints endpoints,
    TimeProvider time,
    ILogger<MessagesMissedConsumer> logger)
    : IConsumer<MessagesMissed>
{
    public async Task Consume(ConsumeContext<MessagesMissed> context)
    {
        var missed = context.Message;
        if (endpoints.Find(missed.CallbackEndpoint, missed.ConnectionId) is not { } endpoint)
            return;

        var connection = new Connection(missed.ConnectionId, endpoint, missed.ConnectedAt) { JoinedAt = missed.Since, Dialect = missed.Dialect };
        var count = 0;
        await foreach (var message in recent.ReadSinceAsync(missed.Room, missed.Since, context.CancellationToken))
        {
            if (message.For(connection.Dialect) is null)
                continue; // removed

            if (!ledger.TryCatchUp(missed.Room, connection, message.Position))
                break;

            var lane = new Lane(connection, [message], time.GetUtcNow());
            await late.WorkOffAsync(lane, first: null, handingOn: CancellationToken.None, context.CancellationToken);
            undelivered.Report(message, isLast: true);
            if (lane.IsOver)
                return;

            count++;
        }

        if (count > 0)
            CaughtUp(missed.ConnectionId, count, missed.Room);
    }

    [LoggerMessage(LogLevel.Information, "{ConnectionId} caught up with {Messages} messages of {Room}")]
    private partial void CaughtUp(string connectionId, int messages, string room);
}
