using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings a chat message to every connection of its room. Ends when the walk has passed all of them; what is late by then goes on
/// without keeping the room's next message waiting.
/// </summary>
public sealed class MessagePostedConsumer(
    MessageTemplate template,
    RoomWalks walks,
    WalkProgress progress,
    FanOutMeters meters,
    TimeProvider time,
    ILogger<MessagePostedConsumer> logger)
    : IConsumer<MessagePosted>
{
    public async Task Consume(ConsumeContext<MessagePosted> context)
    {
        var posted = context.Message;
        using var activity = Traces.StartActivity("fan out", context);
        var message = new RenderedMessage(posted.MessageId, template.Render(posted));
        if (message.IsTooLarge)
        {
            Log.TooLarge(logger, posted.MessageId, message.Body.Length);
            return;
        }

        var tally = new MessageTally(posted.Room, message) { PostedAt = posted.PostedAt };
        var scope = new WalkScope(posted.Room);
        var saved = SavedWalk.None(scope);
        if (context.ReceiveContext.Redelivered)
        {
            saved = await progress.ReadAsync(scope, posted.MessageId, context.CancellationToken);
            tally.Add(saved.Outcomes);
        }

        var begunAt = time.GetTimestamp();
        var walked = walks.JoinAsync(scope, tally, saved, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the room's next message may join too; the order of joining is the order of delivery
        await walked;

        if (tally.IsForbidden)
            throw new PostingForbiddenException(tally);

        Log.Walked(logger, tally, time.GetElapsedTime(begunAt));
        meters.CountMessage(tally[DeliveryOutcome.Delivered], posted.PostedAt);
        activity?.SetTag("chatevents.room", posted.Room)
            .SetTag("chatevents.message.id", posted.MessageId)
            .SetTag("chatevents.connections", tally[DeliveryOutcome.Delivered]);
    }
}
