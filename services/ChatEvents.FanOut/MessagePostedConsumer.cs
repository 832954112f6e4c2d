using System.Diagnostics;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut;

/// <summary>
/// Brings a chat message to every connection of its room. Ends when the walk has passed all of them; what is late by then goes on
/// without keeping the room's next message waiting.
/// </summary>
public sealed class MessagePostedConsumer(
    MessageTemplate template,
    RoomWalks walks,
    WalkProgress progress,
    RoomPages pages,
    LateDeliveries late,
    PostRate rate,
    FanOutMeters meters,
    TimeProvider time,
    IOptions<FanOutOptions> options,
    ILogger<MessagePostedConsumer> logger)
    : IConsumer<MessagePosted>
{
    public async Task Consume(ConsumeContext<MessagePosted> context)
    {
        var posted = context.Message;
        using var activity = FanOutMeters.Activities.StartActivity("fan out", ActivityKind.Consumer, TraceOf(context));
        var message = new RenderedMessage(posted.MessageId, template.Render(posted));
        if (message.IsTooLarge)
        {
            Log.TooLarge(logger, posted.MessageId, message.Body.Length);
            return;
        }

        var tally = new MessageTally(posted.Room, message) { PostedAt = posted.PostedAt };
        await using var handingBack = context.CancellationToken.Register(tally.HandBack);
        var from = context.ReceiveContext.Redelivered ? await TakeOverAsync(tally, context.CancellationToken) : WalkPosition.Start;
        var begunAt = time.GetTimestamp();
        var walked = walks.JoinAsync(posted.Room, tally, from, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the room's next message may join too; the order of joining is the order of delivery
        await walked;

        if (tally[DeliveryOutcome.Forbidden] > 0 && tally[DeliveryOutcome.Delivered] == 0)
            throw new PostingForbiddenException(posted.MessageId, tally[DeliveryOutcome.Forbidden]);

        Log.Walked(logger, tally, time.GetElapsedTime(begunAt));
        meters.CountMessage(tally[DeliveryOutcome.Delivered], posted.PostedAt);
        activity?.SetTag("chatevents.room", posted.Room).SetTag("chatevents.message.id", posted.MessageId).SetTag("chatevents.connections", tally[DeliveryOutcome.Delivered]);

        // As long as the account refuses posts, many connections are late, and the room's next message would only join them: keeping
        // this one on its queue keeps it safe. One client that does not read must not keep the room waiting.
        if (rate.IsHeldBack || options.Value.KeepUntilDelivered)
            await KeepUntilDeliveredAsync(tally, context.CancellationToken);
    }

    private async Task KeepUntilDeliveredAsync(MessageTally tally, CancellationToken abandoning)
    {
        try
        {
            await tally.NoneLateAsync().WaitAsync(abandoning);
        }
        catch (OperationCanceledException)
        {
            // Whoever gets the message next has only those to post to who are late now. Not cancelled: the lease is over, not the work.
            await progress.SaveAsync([tally], WalkPosition.End, CancellationToken.None);
            throw;
        }
    }

    /// <summary>The trace that began with the client's frame, as it came through the queue.</summary>
    private static ActivityContext TraceOf(ConsumeContext context) =>
        context.TryGetPayload<ReceivedMessage>(out var received)
        && ActivityContext.TryParse(received.Trace.TraceParent, null, isRemote: true, out var trace)
            ? trace
            : default;

    /// <summary>Goes on where a worker left the message: first with the connections that were late for it, then with the rest.</summary>
    private async Task<WalkPosition> TakeOverAsync(MessageTally tally, CancellationToken abandoning)
    {
        var saved = await progress.ReadAsync(tally.Message.MessageId, abandoning);
        foreach (var connection in await pages.FindAsync(tally.Room, saved.LateConnections, abandoning))
        {
            if (!late.TryFollow(connection, tally))
                await late.BeginAsync(connection, tally, new Delivery(DeliveryOutcome.Failed, Reason: "the worker ended"), abandoning);
        }

        return saved.Position;
    }
}
