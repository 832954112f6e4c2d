using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Division;

/// <summary>
/// Brings messages to one shard of a large room. The worker that divided the room has the messages in hand, and waits for the progress that
/// is saved here.
/// </summary>
public sealed partial class WalkDividedConsumer(
    RecentLog recent, RoomWalks walks, WalkProgress progress, IOptionsMonitor<QueueOptions> queues, ILogger<WalkDividedConsumer> logger)
    : IConsumer<WalkDivided>
{
    public async Task Consume(ConsumeContext<WalkDivided> context)
    {
        var divided = context.Message;
        var scope = new WalkScope(divided.Room, divided.Shard);
        using var activity = FanOutMeters.StartActivity("fan out a shard", context);
        var found = await Task.WhenAll(
            divided.Positions.Select(position => recent.FindAsync(divided.Room, position, context.CancellationToken)));
        var messages = found.OfType<RoomMessage>().ToList();
        try
        {
            await WalkAsync(scope, messages, context.CancellationToken);
        }
        catch (Exception) when (IsLastChance(context))
        {
            await progress.SaveGivenUpAsync(scope, messages, divided.Attempt ?? divided.Positions[0], CancellationToken.None);
            throw;
        }
    }

    private async Task WalkAsync(WalkScope scope, List<RoomMessage> messages, CancellationToken abandoning)
    {
        var saved = await Task.WhenAll(messages.Select(message => progress.ReadAsync(scope, message.Id, abandoning)));
        var walked = new List<Task>();
        foreach (var (message, before) in messages.Zip(saved).Where(pair => pair.Second.Position != scope.End))
        {
            before.CountIn(message.Tally, scope);
            walked.Add(walks.JoinAsync(scope, message, before, abandoning));
        }

        await Task.WhenAll(walked);
        if (messages.Find(message => message.Tally.IsForbidden) is { } forbidden)
            throw new PostingForbiddenException(forbidden);

        WalkedShard(messages.Count, scope);
    }

    private bool IsLastChance(ConsumeContext context) =>
        context.TryGetPayload<ReceivedMessage>(out var received)
        && received.ReceiveCount >= queues.Get(FanOutOptions.WalkQueueSection).MaxReceiveCount;

    [LoggerMessage(LogLevel.Debug, "Walked {Messages} messages over {Scope}")]
    private partial void WalkedShard(int messages, WalkScope scope);
}
