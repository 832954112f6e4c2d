using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;

namespace ChatEvents.FanOut.Division;

/// <summary>
/// Has the shards of a large room walked by the workers that are free, and waits until all are done. The room's messages stay in the hand
/// of the worker that divided, so that nothing overtakes; docs/fan-out.md explains why.
/// </summary>
public sealed partial class DividedWalks(
    WalkProgress progress, RouteEventPublisher publisher, TimeProvider time, ILogger<DividedWalks> logger)
{
    /// <summary>How often to look whether they are done: seldom, compared with the seconds that a large room takes.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long no shard may make progress before its event counts as lost (moved to the dead letters, because its worker was killed each
    /// time). Longer than a killed worker keeps its event hidden; and long enough that in an outage, in which no shard makes progress
    /// either, the receives of the message outlast <see cref="FanOutOptions.MaxMessageAge"/>.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>Ends when every connection behind the position was dealt with, and adds up the outcomes.</summary>
    /// <exception cref="WalkGivenUpException">A shard cannot be walked.</exception>
    public async Task WalkAsync(SharedWalk walk, WalkPosition from)
    {
        if (!walk.IsDivided)
            await SaveDividedAsync(walk, from);

        var shards = Enumerable.Range(from.Shard, RegistryTables.ShardsPerRoom - from.Shard)
            .Select(shard => new WalkScope(walk.Scope.Room, shard))
            .ToList();
        var attempt = Guid.NewGuid().ToString("N");
        await PublishAsync(await UndoneAsync(shards, walk.Messages, walk.Abandoning), walk.Messages, attempt, walk.Abandoning);

        // All shards of the last message, then those of the others, which were walked along with it.
        foreach (var message in walk.Messages.Reverse()) await FollowAsync(shards, message, attempt, walk.Abandoning);
    }

    private async Task SaveDividedAsync(SharedWalk walk, WalkPosition position)
    {
        // First where the shard in whose middle the walk stopped continues: once the walk is known to be divided, that must be known too.
        var shard = new WalkScope(walk.Scope.Room, position.Shard);
        if (position != shard.Start)
            await progress.SaveAsync(shard, walk.Messages, _ => new SavedWalk(position, []), walk.Abandoning);
        await progress.SaveAsync(
            walk.Scope, walk.Messages, message => SavedWalk.Of(message, shard.Start) with { IsDivided = true }, walk.Abandoning);
    }

    /// <summary>All shards, unless an earlier worker divided the walk and ended.</summary>
    private async Task<IReadOnlyList<WalkScope>> UndoneAsync(
        IReadOnlyList<WalkScope> shards, IReadOnlyList<RoomMessage> messages, CancellationToken abandoning)
    {
        var undone = new HashSet<WalkScope>();
        foreach (var message in messages)
        {
            var saved = await progress.ReadAsync(shards, message.Id, abandoning);
            undone.UnionWith(shards.Where((shard, index) => saved[index].Position != shard.End));
        }

        return [.. undone];
    }

    private async Task PublishAsync(
        IReadOnlyList<WalkScope> shards, IReadOnlyList<RoomMessage> messages, string attempt, CancellationToken abandoning)
    {
        if (shards.Count == 0)
            return;

        Divided(messages[^1].Id, messages.Count, shards[0].Room, shards.Count);
        var positions = messages.Select(message => message.Position).ToList();
        await publisher.PublishAsync(
            [.. shards.Select(scope => new WalkDivided
            {
                Room = scope.Room,
                Shard = scope.Shard!.Value,
                Positions = positions,
                Attempt = attempt,
            })],
            abandoning);
    }

    private async Task FollowAsync(IReadOnlyList<WalkScope> shards, RoomMessage message, string attempt, CancellationToken abandoning)
    {
        var seen = new Dictionary<WalkScope, WalkPosition>();
        var movedAt = time.GetTimestamp();
        for (var undone = shards; ; await Task.Delay(LookEvery, time, abandoning))
        {
            var looks = undone.Zip(await progress.ReadAsync(undone, message.Id, abandoning)).ToList();
            foreach (var (shard, saved) in looks)
            {
                if (saved.GivenUp == attempt)
                    throw new WalkGivenUpException(message.Id, shard, "its worker could not finish it");
                if (saved.Position == shard.End)
                    message.Tally.Add(saved.Outcomes);
                if (seen.GetValueOrDefault(shard) != saved.Position)
                    (seen[shard], movedAt) = (saved.Position, time.GetTimestamp());
            }

            undone = [.. looks.Where(look => look.Second.Position != look.First.End).Select(look => look.First)];
            if (undone.Count == 0)
                return;
            if (time.GetElapsedTime(movedAt) > Patience)
            {
                throw new WalkGivenUpException(
                    message.Id, undone[0], $"nothing has moved for {Patience.TotalMinutes} minutes");
            }
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Divided the walk of {MessageId}, the last of {Messages}, over {Room}: {Shards} shards go to the workers that are free")]
    private partial void Divided(string messageId, int messages, string room, int shards);
}

/// <summary>No worker will finish a part of a divided walk: the message goes back to its queue.</summary>
public sealed class WalkGivenUpException(string messageId, WalkScope scope, string reason)
    : Exception($"Message {messageId} was not walked over {scope}: {reason}.");
