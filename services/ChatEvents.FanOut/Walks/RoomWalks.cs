using System.Diagnostics;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Messages of one room share walks: those that arrive during a walk gather, and the next walk takes them all. The first message of a
/// burst does not wait, and the others share its walk if they arrive while it is written to the room's log. So the ten messages of a room
/// that SQS hands out at most cost one reading of the room, not ten.
/// </summary>
public sealed class RoomWalks(Walker walker, IOptions<FanOutOptions> options)
{
    private readonly int _messagesPerWalk = options.Value.MessagesPerWalk;

    /// <summary>For each room that is walked, the walk under way and those that wait behind it.</summary>
    private readonly Dictionary<WalkScope, Queue<SharedWalk>> _rooms = [];

    /// <summary>
    /// Takes the message along in the room's next walk, at once and in the order of the calls; the task ends with that walk. If a walk
    /// fails, those behind it fail too, because their messages must not overtake.
    /// </summary>
    /// <param name="scope">The connections that get the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="saved">What an earlier worker left to do; only messages that begin at the same place walk together.</param>
    /// <param name="abandoning">Ends the whole walk: the message, and with it the order, was lost to another worker.</param>
    public Task JoinAsync(WalkScope scope, RoomMessage message, SavedWalk saved, CancellationToken abandoning)
    {
        lock (_rooms)
        {
            if (!_rooms.TryGetValue(scope, out var walks))
            {
                _rooms.Add(scope, walks = []);

                // Without the context of the message that begins it: a busy room is walked for hours.
                using (ExecutionContext.SuppressFlow())
                {
                    _ = Task.Run(() => WalkUntilNoneWaitsAsync(scope, walks), CancellationToken.None);
                }
            }

            // SQS may deliver a message beside itself; the walk that has it is that of both.
            if (walks.FirstOrDefault(walk => walk.Has(message.Id)) is { } same)
                return same.Ended;

            var walk = walks.LastOrDefault();
            if (walk is null || !walk.TryJoin(message, saved, _messagesPerWalk, abandoning))
            {
                walks.Enqueue(walk = new SharedWalk(scope, saved));
                walk.TryJoin(message, saved, _messagesPerWalk, abandoning);
            }

            return walk.Ended;
        }
    }

    private async Task WalkUntilNoneWaitsAsync(WalkScope scope, Queue<SharedWalk> walks)
    {
        while (First(scope, walks) is { } walk)
        {
            Activity.Current = walk.Activity;
            try
            {
                await walker.WalkAsync(walk);
                lock (_rooms) walks.Dequeue();
                walk.End();
            }
            catch (Exception failure)
            {
                lock (_rooms) _rooms.Remove(scope);
                foreach (var failed in walks) failed.End(failure);
                return;
            }
        }
    }

    private SharedWalk? First(WalkScope scope, Queue<SharedWalk> walks)
    {
        lock (_rooms)
        {
            if (walks.TryPeek(out var walk))
                return walk;

            _rooms.Remove(scope);
            return null;
        }
    }
}
