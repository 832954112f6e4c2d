using System.Text;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rendering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Senders;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Consumers;

/// <summary>
/// Brings a chat message to every connection of its room. Ends when the walk has passed all of them; late deliveries continue without
/// delaying the room's next message.
/// </summary>
public sealed partial class MessagePostedConsumer(
    MessageFrames frames,
    SenderAnswers senders,
    RecentLog recent,
    RoomWalks walks,
    WalkProgress progress,
    FanOutMeters meters,
    IOptions<FanOutOptions> options,
    TimeProvider time,
    ILogger<MessagePostedConsumer> logger)
    : IConsumer<MessagePosted>
{
    private readonly TimeSpan _maxAge = options.Value.MaxMessageAge;

    public async Task Consume(ConsumeContext<MessagePosted> context)
    {
        var posted = context.Message;
        using var activity = FanOutMeters.StartActivity("fan out", context);

        // One that comes again was counted, and part of its room may have it.
        if (!context.ReceiveContext.Redelivered && senders.Refuse(posted))
            return;

        if (frames.FindTooLarge(posted) is { } bytes)
        {
            senders.RefuseTooLarge(posted, bytes);
            return;
        }

        var message = new RoomMessage(posted, frames) { MayBeLogged = context.ReceiveContext.Redelivered };
        if (time.GetUtcNow() - posted.PostedAt > _maxAge)
        {
            // Nobody waits for it any more, and what is said now would wait behind it.
            await recent.WriteAsync([message], context.CancellationToken);
            TooOld(posted.MessageId, posted.Room, _maxAge);
            meters.CountRefused("too_old");
            return;
        }

        var scope = new WalkScope(posted.Room);
        var begunAt = time.GetTimestamp();
        await WalkAsync(scope, message, context);

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

    private async Task WalkAsync(WalkScope scope, RoomMessage message, ConsumeContext context)
    {
        var saved = SavedWalk.None(scope);
        if (context.ReceiveContext.Redelivered)
            saved = await ResumeAsync(scope, message, context.CancellationToken);

        var walked = walks.JoinAsync(scope, message, saved, context.CancellationToken);
        if (context.TryGetPayload<GroupTurn>(out var turn))
            turn.Yield(); // the room's next message may join too; the order of joining is the order of delivery
        await walked;

        // SQS has it twice, and an earlier walk has not come to its end with it.
        if (message.WasWalked && await ResumeAsync(scope, message, context.CancellationToken) is var rest && rest.Position != scope.End)
            await walks.JoinAsync(scope, message, rest, context.CancellationToken);
    }

    private async Task<SavedWalk> ResumeAsync(WalkScope scope, RoomMessage message, CancellationToken abandoning)
    {
        var saved = await progress.ReadAsync(scope, message.Id, abandoning);
        saved.CountIn(message.Tally, scope);
        (message.IsResumed, message.MayBeLogged) = (true, true);
        return saved;
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

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} is older than {MaxAge}. It is in the log of {Room} and is not posted.")]
    private partial void TooOld(string messageId, string room, TimeSpan maxAge);
}
