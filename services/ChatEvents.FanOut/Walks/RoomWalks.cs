using System.Diagnostics;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Division;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Messages of one room share walks: while one walk is under way, those that arrive gather, and the next walk takes them all. The first of
/// a burst waits for nobody, and yet the others share its walk if they come while it is written to the room's log. So what SQS gives out
/// of a room at once, ten messages at most, costs one reading of the room and not one each.
/// </summary>
public sealed class RoomWalks(
    RoomPages pages,
    Deliveries deliveries,
    DividedWalks divided,
    RecentLog recent,
    WalkProgress progress,
    IOptions<FanOutOptions> options)
{
    private readonly FanOutOptions _options = options.Value;
    private readonly Dictionary<WalkScope, Line> _lines = [];

    /// <summary>
    /// Takes the message into the room's next walk, at once and in the order of the calls; the task ends with that walk. When a walk
    /// fails, those behind it fail too: else their messages would overtake.
    /// </summary>
    /// <param name="scope">Whose connections get the message.</param>
    /// <param name="tally">The message.</param>
    /// <param name="saved">What a worker before has left to do; only messages that begin at the same place walk together.</param>
    /// <param name="abandoning">Ends the whole walk: whoever cancels has lost the message to another worker, and the order with it.</param>
    public Task JoinAsync(WalkScope scope, MessageTally tally, SavedWalk saved, CancellationToken abandoning)
    {
        lock (_lines)
        {
            if (!_lines.TryGetValue(scope, out var line))
            {
                _lines.Add(scope, line = new Line());

                // Without the context of the message that begins it: in a busy room the line goes on for hours.
                using (ExecutionContext.SuppressFlow())
                {
                    _ = Task.Run(() => WalkUntilNobodyWaitsAsync(scope, line), CancellationToken.None);
                }
            }

            var party = line.Waiting.LastOrDefault();
            if (party is null || !party.BeginsAt(saved) || party.Messages.Count >= _options.MessagesPerWalk)
                line.Waiting.Enqueue(party = new Party(saved));

            party.Add(tally, saved.LateConnections, abandoning);
            return party.Walked;
        }
    }

    private async Task WalkUntilNobodyWaitsAsync(WalkScope scope, Line line)
    {
        while (NextParty(scope, line) is { } party)
        {
            Activity.Current = party.Activity;
            try
            {
                await WalkAsync(scope, line, party, party.Abandoning);
                party.End(failure: null);
            }
            catch (Exception failure)
            {
                foreach (var waiting in BreakUp(scope, line).Append(party))
                {
                    waiting.End(failure);
                }

                return;
            }
        }
    }

    private async Task WalkAsync(WalkScope scope, Line line, Party party, CancellationToken abandoning)
    {
        var debts = deliveries.Owed.ReadAsync(scope.Room, abandoning);
        await Task.WhenAll(debts, scope.Shard is null ? WriteToLogAsync(line, party, abandoning) : Task.CompletedTask);
        Close(line, party);

        var from = party.From;
        if (!party.IsDivided)
        {
            await using var here = new WalkDeliveries(scope, from, party.Messages, await debts, deliveries, progress);
            foreach (var connection in await pages.FindAsync(scope.Room, party.Late.Keys, abandoning))
            {
                await here.TakeOverAsync(connection, party.Late[connection.Id], abandoning);
            }

            var stoppedAt = await new RoomWalk(scope, from, here, pages, _options).RunAsync(abandoning);
            await here.EndAsync(abandoning);
            if (stoppedAt is null)
            {
                // The end of a whole room need not be saved, because its messages are deleted from their queue; unless others work on what
                // was handed on: were this worker killed now, the next would take that for late still.
                if (scope.Shard is not null || party.Messages.Exists(tally => tally.HandedOn > 0))
                    await progress.SaveAsync(scope, party.Messages.Where(tally => !tally.IsForbidden), scope.End, abandoning);
                return;
            }

            from = stoppedAt.Value;
            await progress.SaveDividedAsync(scope.Room, party.Messages, from, abandoning);
        }

        await divided.WalkAsync(scope.Room, from, party.Messages, abandoning);
    }

    /// <summary>
    /// Before the first page is read: whoever comes too late for that page finds the messages in the log. Those that join meanwhile are
    /// written then, and nobody joins any more: else a busy room would never be walked.
    /// </summary>
    private async Task WriteToLogAsync(Line line, Party party, CancellationToken abandoning)
    {
        List<MessageTally> first;
        lock (_lines) first = [.. party.Messages];
        await recent.WriteAsync(first, abandoning);
        Close(line, party);
        if (party.Messages.Count > first.Count)
            await recent.WriteAsync([.. party.Messages.Skip(first.Count)], abandoning);
    }

    /// <summary>Nobody joins the party from here on.</summary>
    private void Close(Line line, Party party)
    {
        lock (_lines)
        {
            if (line.Waiting.TryPeek(out var waiting) && waiting == party) line.Waiting.Dequeue();
        }
    }

    /// <summary>The first of the line, which can be joined until it is closed.</summary>
    private Party? NextParty(WalkScope scope, Line line)
    {
        lock (_lines)
        {
            if (line.Waiting.TryPeek(out var party))
                return party;

            _lines.Remove(scope);
            return null;
        }
    }

    private Party[] BreakUp(WalkScope scope, Line line)
    {
        lock (_lines)
        {
            _lines.Remove(scope);
            return [.. line.Waiting];
        }
    }

    /// <summary>The parties of one room that can be joined; there is a line for as long as somebody walks.</summary>
    private sealed class Line
    {
        public Queue<Party> Waiting { get; } = [];
    }

    /// <summary>Messages that walk together.</summary>
    private sealed class Party(SavedWalk first) : IDisposable
    {
        private readonly TaskCompletionSource _walked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _abandoning = new();
        private readonly List<CancellationTokenRegistration> _registrations = [];

        /// <summary>To whose trace the walk belongs, and the events that come of it: its first message's.</summary>
        public Activity? Activity { get; } = Activity.Current;

        public WalkPosition From => first.Position;

        public bool IsDivided => first.IsDivided;

        public List<MessageTally> Messages { get; } = [];

        /// <summary>The connections that the walk before has passed, and for which of the messages they were late.</summary>
        public Dictionary<string, List<MessageTally>> Late { get; } = new(StringComparer.Ordinal);

        public CancellationToken Abandoning => _abandoning.Token;

        public Task Walked => _walked.Task;

        public bool BeginsAt(SavedWalk saved) => (saved.Position, saved.IsDivided) == (first.Position, first.IsDivided);

        public void Add(MessageTally tally, IReadOnlyList<string> lateConnections, CancellationToken abandoning)
        {
            Messages.Add(tally);
            foreach (var connectionId in lateConnections)
            {
                if (!Late.TryGetValue(connectionId, out var late)) Late.Add(connectionId, late = []);
                late.Add(tally);
            }

            _registrations.Add(abandoning.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abandoning));
        }

        public void End(Exception? failure)
        {
            Dispose();
            if (failure is null)
                _walked.TrySetResult();
            else
                _walked.TrySetException(failure);
        }

        public void Dispose()
        {
            foreach (var registration in _registrations)
            {
                registration.Dispose();
            }

            _abandoning.Dispose();
        }
    }
}
