using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Messages of one room share walks: while one walk is under way, those that arrive gather, and the next walk takes them all. A burst
/// of messages so costs two readings of the room and not one each, and a single message waits for nobody.
/// </summary>
public sealed class RoomWalks(
    RoomPages pages,
    FirstPosts posts,
    RecentLog recent,
    Newcomers newcomers,
    WalkProgress progress,
    IOptions<FanOutOptions> options)
{
    private readonly FanOutOptions _options = options.Value;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes the message into the room's next walk, at once and in the order of the calls; the task ends with that walk. When a walk
    /// fails, those behind it fail too: else their messages would overtake.
    /// </summary>
    /// <param name="room">Whose connections get the message.</param>
    /// <param name="tally">The message.</param>
    /// <param name="from">Where to begin; only messages that begin at the same place walk together.</param>
    /// <param name="abandoning">Ends the whole walk: whoever cancels has lost the message to another worker, and the order with it.</param>
    public Task JoinAsync(string room, MessageTally tally, WalkPosition from, CancellationToken abandoning)
    {
        lock (_lines)
        {
            if (!_lines.TryGetValue(room, out var line))
            {
                _lines.Add(room, line = new Line());
                _ = Task.Run(() => WalkUntilNobodyWaitsAsync(room, line), CancellationToken.None);
            }

            var party = line.Waiting.LastOrDefault();
            if (party is null || party.From != from || party.Messages.Count >= _options.MessagesPerWalk)
                line.Waiting.Enqueue(party = new Party(from));

            party.Add(tally, abandoning);
            return party.Walked;
        }
    }

    private async Task WalkUntilNobodyWaitsAsync(string room, Line line)
    {
        while (NextParty(room, line) is { } party)
        {
            try
            {
                await new RoomWalk(room, party.From, party.Messages, pages, posts, recent, newcomers, progress, _options)
                    .RunAsync(party.Abandoning);
                party.End(failure: null);
            }
            catch (Exception failure)
            {
                party.End(failure);
                foreach (var behind in BreakUp(room, line))
                {
                    behind.End(failure);
                }

                return;
            }
        }
    }

    private Party? NextParty(string room, Line line)
    {
        lock (_lines)
        {
            if (line.Waiting.TryDequeue(out var party))
                return party;

            _lines.Remove(room);
            return null;
        }
    }

    private Party[] BreakUp(string room, Line line)
    {
        lock (_lines)
        {
            _lines.Remove(room);
            return [.. line.Waiting];
        }
    }

    /// <summary>The parties of one room; there is a line for as long as somebody walks.</summary>
    private sealed class Line
    {
        public Queue<Party> Waiting { get; } = [];
    }

    /// <summary>Messages that walk together.</summary>
    private sealed class Party(WalkPosition from) : IDisposable
    {
        private readonly TaskCompletionSource _walked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _abandoning = new();
        private readonly List<CancellationTokenRegistration> _registrations = [];

        public WalkPosition From => from;

        public List<MessageTally> Messages { get; } = [];

        public CancellationToken Abandoning => _abandoning.Token;

        public Task Walked => _walked.Task;

        public void Add(MessageTally tally, CancellationToken abandoning)
        {
            Messages.Add(tally);
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
