using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut;

/// <summary>
/// Brings a chat message to every connection of its room. Ends when the walk has passed all of them; what is late by then goes on
/// without keeping the room's next message waiting.
/// </summary>
public sealed class MessagePostedConsumer(
    MessageTemplate template, RoomWalks walks, WalkProgress progress, TimeProvider time, ILogger<MessagePostedConsumer> logger)
    : IConsumer<MessagePosted>
{
    public async Task Consume(ConsumeContext<MessagePosted> context)
    {
        var posted = context.Message;
        var message = new RenderedMessage(posted.MessageId, template.Render(posted));
        if (message.IsTooLarge)
        {
            Log.TooLarge(logger, posted.MessageId, message.Body.Length);
            return;
        }

        var from = context.ReceiveContext.Redelivered
            ? await progress.ReadAsync(posted.MessageId, context.CancellationToken)
            : WalkPosition.Start;
        var tally = new MessageTally(posted.Room, message);
        var begunAt = time.GetTimestamp();
        var walked = walks.JoinAsync(posted.Room, tally, from, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the room's next message may join too; the order of joining is the order of delivery
        await walked;

        if (tally[DeliveryOutcome.Forbidden] > 0 && tally[DeliveryOutcome.Delivered] == 0)
            throw new PostingForbiddenException(posted.MessageId, tally[DeliveryOutcome.Forbidden]);

        Log.Walked(logger, tally, time.GetElapsedTime(begunAt));
    }
}
