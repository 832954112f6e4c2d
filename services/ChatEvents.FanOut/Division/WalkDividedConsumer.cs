using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Division;

/// <summary>
/// Brings messages to one shard of a large room. The worker that divided the room waits for the progress that is saved here, and has the
/// messages themselves in hand.
/// </summary>
public sealed class WalkDividedConsumer(
    RecentLog recent, RoomWalks walks, WalkProgress progress, IOptionsMonitor<QueueOptions> queues, ILogger<WalkDividedConsumer> logger)
    : IConsumer<WalkDivided>
{
    public async Task Consume(ConsumeContext<WalkDivided> context)
    {
        var divided = context.Message;
        var scope = new WalkScope(divided.Room, divided.Shard);
        using var activity = Traces.StartActivity("fan out a shard", context);
        var found = await Task.WhenAll(
            divided.Positions.Select(position => recent.FindAsync(divided.Room, position, context.CancellationToken)));
        var messages = found.OfType<MessageTally>().ToList();
        try
        {
            await WalkAsync(scope, messages, context.CancellationToken);
        }
        catch (Exception) when (IsLastChance(context))
        {
            await progress.SaveGivenUpAsync(scope, messages, CancellationToken.None);
            throw;
        }
    }

    private async Task WalkAsync(WalkScope scope, List<MessageTally> messages, CancellationToken abandoning)
    {
        var saved = await Task.WhenAll(messages.Select(tally => progress.ReadAsync(scope, tally.Message.MessageId, abandoning)));
        var walked = new List<Task>();
        foreach (var (tally, before) in messages.Zip(saved).Where(pair => pair.Second.Position != scope.End))
        {
            tally.Add(before.Outcomes);
            walked.Add(walks.JoinAsync(scope, tally, before, abandoning));
        }

        await Task.WhenAll(walked);
        if (messages.Find(tally => tally.IsForbidden) is { } forbidden)
            throw new PostingForbiddenException(forbidden);

        Log.WalkedShard(logger, messages.Count, scope);
    }

    private bool IsLastChance(ConsumeContext context) =>
        context.TryGetPayload<ReceivedMessage>(out var received)
        && received.ReceiveCount >= queues.Get(FanOutOptions.WalkQueueSection).MaxReceiveCount;
}
