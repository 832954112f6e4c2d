using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Senders;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Removes a message for its sender or a moderator: drops its text in the log, keeps its number, and tells the room's clients of the JSON
/// dialect, in order with the room's messages. Late deliveries read the log, and bring nothing of its text any more.
/// </summary>
public sealed partial class MessageRemovedConsumer(
    RecentLog recent, LateMessages late, RoomWalks walks, WalkProgress progress, SenderFrames senders, ILogger<MessageRemovedConsumer> logger)
    : IConsumer<MessageRemoved>
{
    public async Task Consume(ConsumeContext<MessageRemoved> context)
    {
        var (asked, abandoning) = (context.Message, context.CancellationToken);
        if (await recent.FindAsync(asked.Room, asked.Epoch, asked.Seq, abandoning) is not { } message)
        {
            senders.Answer(asked, RemovalAnswer.NotFound(asked));
        }
        else if (!MayRemove(asked, message.Posted))
        {
            senders.Answer(asked, RemovalAnswer.Forbidden(asked));
        }
        else
        {
            await recent.RemoveAsync(message, abandoning);
            late.Forget(asked.Room, message.Position);
            await TellRoomAsync(recent.NoticeOf(message), context);
            Removed(message.Id, asked.Seq, asked.Room, asked.ConnectionId);
            senders.Answer(asked, RemovalAnswer.Done(asked));
        }
    }

    private async Task TellRoomAsync(RoomMessage notice, ConsumeContext context)
    {
        var scope = new WalkScope(notice.Room);
        var saved = await progress.ReadAsync(scope, notice.Id, context.CancellationToken);
        if (saved.Position == scope.End && saved.LateConnections.Count == 0)
            return; // the room was told before; a message is removed once, however often that is asked for

        saved.CountIn(notice.Tally, scope);
        notice.IsResumed = true;
        var walked = walks.JoinAsync(scope, notice, saved, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the order of joining is the order of delivery
        await walked;
        if (notice.Tally.IsForbidden)
            throw new PostingForbiddenException(notice);
    }

    /// <summary>Users are known by id; guests by the name that they have; who has neither, by the connection.</summary>
    private static bool MayRemove(MessageRemoved asked, MessagePosted posted) => asked switch
    {
        { IsModerator: true } => true,
        _ when posted.Server is not null => false,
        { User: { } user } => posted.User == user,
        { Guest: { } guest } => posted.User is null && posted.Guest == guest,
        _ => posted is { User: null, Guest: null } && posted.ConnectionId == asked.ConnectionId,
    };

    [LoggerMessage(LogLevel.Information, "Message {MessageId}, number {Seq} of {Room}, was removed for {ConnectionId}")]
    private partial void Removed(string messageId, long seq, string room, string connectionId);
}
