using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>Has the connections behind a position walked by several workers. Ends when all of them have the messages.</summary>
public delegate Task DivideWalk(SharedWalk walk, WalkPosition from);

/// <summary>One walk from the room's log to its last connection. The order of the steps is what docs/fan-out.md promises.</summary>
/// <param name="recent">The room's log.</param>
/// <param name="owed">What the room owes to late connections.</param>
/// <param name="stretches">The way through the connections.</param>
/// <param name="lanes">The late connections of the walk.</param>
/// <param name="progress">How far walks have come.</param>
/// <param name="divide">For a room that proves too large for one worker, which is rare; Division/ has it.</param>
public sealed class Walker(
    RecentLog recent, OwedDeliveries owed, WalkStretches stretches, WalkLanes lanes, WalkProgress progress, DivideWalk divide)
{
    /// <summary>When it returns, every connection has the messages or is owed them.</summary>
    public async Task WalkAsync(SharedWalk walk)
    {
        try
        {
            var debts = owed.ReadAsync(walk.Scope.Room, walk.Abandoning);
            await Task.WhenAll(debts, WriteToLogAsync(walk));
            walk.Close();
            walk.Debts = await debts;
            if (walk.Messages.Count == 0)
                return;

            if (walk.IsDivided)
            {
                await divide(walk, walk.From);
                return;
            }

            var stoppedAt = await stretches.WalkAsync(walk);
            await lanes.EndAsync(walk);
            if (stoppedAt is { } rest)
                await divide(walk, rest);
            else
                await SaveEndAsync(walk);
        }
        catch
        {
            await walk.AbandonAsync();
            throw;
        }
    }

    /// <summary>
    /// Before the first page is read: a connection whose membership is written too late for its page finds the messages in the log.
    /// Messages that join meanwhile are written next. No more join then, or a busy room would never be walked.
    /// </summary>
    private async Task WriteToLogAsync(SharedWalk walk)
    {
        if (walk.Scope.Shard is not null)
            return; // the worker that divided the room has written them

        var first = walk.Joined();
        await WriteToLogAsync(walk, first);
        walk.Close();
        await WriteToLogAsync(walk, [.. walk.Messages.Except(first)]);
    }

    /// <summary>
    /// Messages with which a walk has begun before are left out: they are in the log, and part of the room has them. SQS remembers five
    /// minutes long what was sent, but may deliver again what it could not delete, or what was sent under another id.
    /// </summary>
    private async Task WriteToLogAsync(SharedWalk walk, IReadOnlyList<RoomMessage> joined)
    {
        var known = await progress.FindBegunAsync(
            walk.Scope, [.. joined.Where(message => !message.IsResumed).Select(message => message.Id)], walk.Abandoning);
        var walked = joined.Where(message => known.Contains(message.Id)).ToList();
        walk.LeaveOut(walked);
        List<RoomMessage> news = [.. joined.Except(walked)];
        if (news.Count > 0)
            await recent.WriteAsync(news, walk.Abandoning);
    }

    /// <summary>
    /// By this, a message that comes again is recognized: its delete was lost, or it was sent twice. And if this worker were killed now, the
    /// next one would take connections that deliveries were handed on for to be late still.
    /// </summary>
    private Task SaveEndAsync(SharedWalk walk) =>
        progress.SaveEndAsync(walk.Scope, walk.Messages.Where(message => !message.Tally.IsForbidden), walk.Abandoning);
}
