using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;

namespace ChatEvents.FanOut.Division;

/// <summary>
/// Has the shards of a large room walked by whichever workers are free, and waits until all are done: the room's messages stay in the
/// hand of the worker that divided, so that nothing overtakes. docs/fan-out.md tells why.
/// </summary>
public sealed partial class DividedWalks(
    WalkProgress progress, RouteEventPublisher publisher, TimeProvider time, ILogger<DividedWalks> logger)
{
    /// <summary>How often it is looked whether they are done: seldom beside the seconds that a large room takes.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long no shard at all may make progress; then its event is lost (to the dead letters, by workers that were killed each time).
    /// Arbitrary, and longer than a worker that was killed keeps its event hidden.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Ends when every connection behind the position was dealt with, and adds up what became of the messages.</summary>
    /// <exception cref="WalkGivenUpException">A shard cannot be walked.</exception>
    public async Task WalkAsync(string room, WalkPosition from, IReadOnlyList<MessageTally> messages, CancellationToken abandoning)
    {
        var shards = Enumerable.Range(from.Shard, RegistryTables.ShardsPerRoom - from.Shard)
            .Select(shard => new WalkScope(room, shard))
            .ToList();
        await PublishAsync(await UndoneAsync(shards, messages, abandoning), messages, abandoning);

        // All shards of the last message, then those of the others, which were walked along with it.
        foreach (var tally in messages.Reverse()) await FollowAsync(shards, tally, abandoning);
    }

    /// <summary>All of them, unless a worker before this one has divided the walk and ended.</summary>
    private async Task<IReadOnlyList<WalkScope>> UndoneAsync(
        IReadOnlyList<WalkScope> shards, IReadOnlyList<MessageTally> messages, CancellationToken abandoning)
    {
        var undone = new HashSet<WalkScope>();
        foreach (var tally in messages)
        {
            var saved = await progress.ReadAsync(shards, tally.Message.MessageId, abandoning);
            undone.UnionWith(shards.Where((shard, index) => saved[index].Position != shard.End));
        }

        return [.. undone];
    }

    private async Task PublishAsync(IReadOnlyList<WalkScope> shards, IReadOnlyList<MessageTally> messages, CancellationToken abandoning)
    {
        if (shards.Count == 0)
            return;

        Divided(messages[^1].Message.MessageId, messages.Count, shards[0].Room, shards.Count);
        var positions = messages.Select(tally => tally.Position).ToList();
        await publisher.PublishAsync(
            [.. shards.Select(scope => new WalkDivided { Room = scope.Room, Shard = scope.Shard!.Value, Positions = positions })],
            abandoning);
    }

    private async Task FollowAsync(IReadOnlyList<WalkScope> shards, MessageTally tally, CancellationToken abandoning)
    {
        var seen = new Dictionary<WalkScope, WalkPosition>();
        var movedAt = time.GetTimestamp();
        for (var undone = shards; ; await Task.Delay(LookEvery, time, abandoning))
        {
            var looks = undone.Zip(await progress.ReadAsync(undone, tally.Message.MessageId, abandoning)).ToList();
            foreach (var (shard, saved) in looks)
            {
                if (saved.GivenUp == tally.Position)
                    throw new WalkGivenUpException(tally.Message.MessageId, shard, "its worker could not end it");
                if (saved.Position == shard.End)
                    tally.Add(saved.Outcomes);
                if (seen.GetValueOrDefault(shard) != saved.Position)
                    (seen[shard], movedAt) = (saved.Position, time.GetTimestamp());
            }

            undone = [.. looks.Where(look => look.Second.Position != look.First.End).Select(look => look.First)];
            if (undone.Count == 0)
                return;
            if (time.GetElapsedTime(movedAt) > Patience)
            {
                throw new WalkGivenUpException(
                    tally.Message.MessageId, undone[0], $"nothing has moved for {Patience.TotalMinutes} minutes");
            }
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Divided the walk of {MessageId}, the last of {Messages}, over {Room}: {Shards} shards are left to whoever is free")]
    private partial void Divided(string messageId, int messages, string room, int shards);
}

/// <summary>A part of a divided walk will not be done by anybody: the message goes back to its queue.</summary>
public sealed class WalkGivenUpException(string messageId, WalkScope scope, string reason)
    : Exception($"Message {messageId} was not walked over {scope}: {reason}.");
