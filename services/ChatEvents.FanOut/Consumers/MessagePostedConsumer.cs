using System.Text;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings a chat message to every connection of its room. Ends when the walk has passed all of them; late deliveries continue without
/// delaying the room's next message.
/// </summary>
public sealed partial class MessagePostedConsumer(
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
        using var activity = FanOutMeters.StartActivity("fan out", context);
        var rendered = new RenderedMessage(posted.MessageId, template.Render(posted));
        if (rendered.IsTooLarge)
        {
            TooLarge(posted.MessageId, rendered.Body.Length);
            return;
        }

        var message = new RoomMessage(posted.Room, rendered) { PostedAt = posted.PostedAt };
        var scope = new WalkScope(posted.Room);
        var saved = SavedWalk.None(scope);
        if (context.ReceiveContext.Redelivered)
        {
            saved = await progress.ReadAsync(scope, posted.MessageId, context.CancellationToken);
            message.Tally.Add(saved.Outcomes);
        }

        var begunAt = time.GetTimestamp();
        var walked = walks.JoinAsync(scope, message, saved, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the room's next message may join too; the order of joining is the order of delivery
        await walked;

        if (message.Tally.IsForbidden)
            throw new PostingForbiddenException(message);

        var delivered = message.Tally[DeliveryOutcome.Delivered];
        var took = (long)time.GetElapsedTime(begunAt).TotalMilliseconds;
        if (logger.IsEnabled(LogLevel.Information)) Delivered(posted.MessageId, delivered, posted.Room, took, OthersIn(message.Tally));
        meters.CountMessage(delivered, posted.PostedAt);
        activity?.SetTag("chatevents.room", posted.Room)
            .SetTag("chatevents.message.id", posted.MessageId)
            .SetTag("chatevents.connections", delivered);
    }

    private static string OthersIn(DeliveryTally tally)
    {
        var others = new StringBuilder();
        Add(tally[DeliveryOutcome.Gone], "gone");
        Add(tally[DeliveryOutcome.Forbidden], "forbidden");
        Add(tally.HandedOn, "late");
        return others.Length > 0 ? others.Append(')').ToString() : "";

        void Add(int connections, string what)
        {
            if (connections > 0)
                others.Append(others.Length == 0 ? " (" : ", ").Append(connections).Append(' ').Append(what);
        }
    }

    [LoggerMessage(LogLevel.Information, "Delivered {MessageId} to {Connections} connections of {Room} in {Milliseconds} ms{Others}")]
    private partial void Delivered(string messageId, int connections, string room, long milliseconds, string others);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} is too large to be posted: {Bytes} bytes. Nobody gets it.")]
    private partial void TooLarge(string messageId, int bytes);
}
