using System.Security.Cryptography;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The end of a room's log, as this worker knows it. A message gets the number behind the last one by a write that fails if the number is
/// taken. So numbers have no holes, and none is given twice, however many workers there are and wherever one is killed.
/// </summary>
internal sealed class RoomLog(RecentTable table, string room, TimeSpan retention, TimeProvider time)
{
    /// <summary>A message that is no older has not been received before: SQS hides what it has handed out for half a minute.</summary>
    private static readonly TimeSpan SurelyNew = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How far the clock of who sent a message may be ahead of the workers', so that it was logged before it was posted, as it seems. AWS
    /// refuses requests whose clock is further off.
    /// </summary>
    private static readonly TimeSpan SendersClock = TimeSpan.FromMinutes(5);

    /// <summary>The last number is continued only so long before its row ends: another worker might begin an epoch, by its clock.</summary>
    private static readonly TimeSpan EndMargin = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    /// <summary>The positions of all messages that were logged since <see cref="_knownSince"/>, up to the end.</summary>
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    private DateTimeOffset _knownSince = DateTimeOffset.MaxValue;
    private LogEnd? _end;

    /// <summary>The end of the last write that was asked for: one at a time.</summary>
    private Task _turn = Task.CompletedTask;

    /// <summary>How many ids of messages are remembered.</summary>
    public int IdsKnown => _ids.Count;

    /// <summary>Gives a message its number, or finds the one that it has.</summary>
    /// <param name="posted">The message.</param>
    /// <param name="mayBeLogged">Whether it was received before.</param>
    /// <param name="abandoning">Ends the work; the message may be logged or not then.</param>
    public async Task<(string Position, bool IsKnown)> WriteAsync(MessagePosted posted, bool mayBeLogged, CancellationToken abandoning)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate) (before, _turn) = (_turn, done.Task);
        await before; // it never fails
        try
        {
            var looks = mayBeLogged || time.GetUtcNow() - posted.PostedAt > SurelyNew;
            while (true)
            {
                // The end first: what is remembered says nothing of what others have logged behind an end that is continued no longer.
                await KnowEndAsync(abandoning);
                if (looks && await FindAsync(posted, abandoning) is { } known) return (known, true);

                var next = _end!.Next(time.GetUtcNow() + retention);
                if (await table.TryPutAsync(new RecentMessage(posted, next.Position), next.ExpiresAt, abandoning))
                {
                    _end = next;
                    _ids[posted.MessageId] = next.Position;
                    return (next.Position, false);
                }

                // Another worker was here; or this one, and the answer was lost, so that the client of DynamoDB has sent it twice.
                Forget();
                looks = true;
            }
        }
        finally
        {
            done.SetResult();
        }
    }

    /// <summary>Where the message stands, if it was logged already.</summary>
    private async Task<string?> FindAsync(MessagePosted posted, CancellationToken abandoning)
    {
        var now = time.GetUtcNow();
        var since = (posted.PostedAt < now ? posted.PostedAt : now) - SendersClock;
        if (since < _knownSince) await ReadBackAsync(since, posted.MessageId, abandoning);
        return _ids.GetValueOrDefault(posted.MessageId);
    }

    /// <summary>Reads what was logged since an instant, or down to one message.</summary>
    private async Task ReadBackAsync(DateTimeOffset since, string messageId, CancellationToken abandoning)
    {
        var before = _end;
        Forget();
        LogEnd? end = null;
        var knownSince = DateTimeOffset.MinValue; // if the log goes no further back
        await foreach (var place in table.ReadBackAsync(room, abandoning))
        {
            end ??= EndAt(place);
            if (place.LoggedAt < since)
            {
                knownSince = since;
                break;
            }

            if (place.MessageId is null) continue;
            _ids.TryAdd(place.MessageId, place.Position);
            if (place.MessageId != messageId) continue;
            knownSince = place.LoggedAt + RecentMessages.ClockMargin;
            break;
        }

        // An epoch that has begun has no message yet, and so no place in the log.
        var isBegun = before is not null && (end is null || string.CompareOrdinal(before.Position, end.Position) > 0);
        (_end, _knownSince) = (isBegun ? before : end, knownSince);
    }

    /// <summary>Reads the end of the log if it is not known, or must not be continued any longer.</summary>
    private async Task KnowEndAsync(CancellationToken abandoning)
    {
        if (_end is { } known && IsAlive(known)) return;
        Forget();
        var newest = await table.ReadBackAsync(room, abandoning).FirstOrDefaultAsync(abandoning);
        if (newest.Position is not null && EndAt(newest) is var end && end.ExpiresAt > time.GetUtcNow())
        {
            _end = end;
            _knownSince = newest.LoggedAt < DateTimeOffset.MaxValue ? newest.LoggedAt + RecentMessages.ClockMargin : newest.LoggedAt;
            return;
        }

        _end = await BeginEpochAsync(newest.Position is null ? null : EndAt(newest).Epoch, abandoning);
        _knownSince = time.GetUtcNow();
    }

    /// <summary>
    /// All of the room's log has expired, or there is none. Epochs are named one after the other, so that two workers never begin two. One
    /// that was named and has no message yet is not begun again.
    /// </summary>
    private async Task<LogEnd> BeginEpochAsync(string? seen, CancellationToken abandoning)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            var at = seen is not null && RecentMessages.BeginOf(seen) >= now ? RecentMessages.BeginOf(seen).AddMilliseconds(1) : now;
            var begun = new LogEnd(RecentMessages.EpochOf(at, RandomText()), 0, WholeSeconds(now + retention));
            if (await table.TryBeginEpochAsync(room, begun.Epoch, seen, begun.ExpiresAt, abandoning)) return begun;
            if (await table.FindEpochAsync(room, abandoning) is not { } named) continue;
            if (named.ExpiresAt > now && RecentMessages.IsEpoch(named.Epoch)) return new LogEnd(named.Epoch, 0, named.ExpiresAt);
            seen = named.Epoch;
        }
    }

    private bool IsAlive(LogEnd end) => end.ExpiresAt > time.GetUtcNow() + EndMargin;

    private void Forget()
    {
        (_end, _knownSince) = (null, DateTimeOffset.MaxValue);
        _ids.Clear();
    }

    private static LogEnd EndAt(RecentPlace place)
    {
        RecentMessages.TryReadPosition(place.Position, out var epoch, out var seq);
        return new(epoch, seq, place.ExpiresAt);
    }

    private static string RandomText() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 6);

    /// <summary>As a time to live has it.</summary>
    private static DateTimeOffset WholeSeconds(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    /// <summary>The last number of a room; 0 for an epoch without messages.</summary>
    private sealed record LogEnd(string Epoch, long Seq, DateTimeOffset ExpiresAt)
    {
        public string Position => RecentMessages.PositionOf(Epoch, Seq);

        /// <summary>
        /// The number behind it. It never ends before this one does, whatever clocks and settings say: else the last number could be deleted
        /// first, and be given again.
        /// </summary>
        public LogEnd Next(DateTimeOffset expiresAt) => new(
            Epoch, Seq + 1, WholeSeconds(expiresAt) is var own && own > ExpiresAt ? own : ExpiresAt);
    }
}
