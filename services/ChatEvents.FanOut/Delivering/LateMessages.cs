namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The messages that late deliveries are about. Many connections may be late for the same one: it is read, rendered and hashed once, and
/// where it stayed undelivered, that is said once, when nobody has needed it for a while.
/// </summary>
public sealed class LateMessages(RecentLog recent, LateDeliveries late, TimeProvider time) : IDisposable
{
    /// <summary>Longer than it takes until the next connection's turn comes; arbitrary.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Entry> _entries = [];

    /// <summary>Those of the messages that have not expired, for as long as they are needed.</summary>
    public async Task<Borrowed> BorrowAsync(string room, IReadOnlyList<string> positions, CancellationToken abandoning)
    {
        var entries = positions
            .Select(position => Take(new Key(room, position), () => recent.FindAsync(room, position, CancellationToken.None)))
            .ToList();
        try
        {
            var found = await Task.WhenAll(entries.Select(entry => entry.Message)).WaitAsync(abandoning);
            return new Borrowed([.. found.OfType<MessageTally>()], () => GiveBack(entries));
        }
        catch
        {
            GiveBack(entries);
            throw;
        }
    }

    /// <summary>Has the deliveries that this worker hands on to itself counted along with those of its walk.</summary>
    public void Keep(MessageTally tally) =>
        GiveBack([Take(new Key(tally.Room, tally.Position), () => Task.FromResult<MessageTally?>(tally))]);

    public void Dispose()
    {
        foreach (var entry in _entries.Values.ToList()) Forget(entry);
    }

    /// <param name="key">Which message.</param>
    /// <param name="read">How to get it unless somebody has it; not bound to who asks first, because others may wait for it too.</param>
    private Entry Take(Key key, Func<Task<MessageTally?>> read)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry) || entry.Message.IsFaulted) _entries[key] = entry = new Entry(key, read());
            entry.Users++;
            entry.Forgetting?.Dispose();
            return entry;
        }
    }

    private void GiveBack(IEnumerable<Entry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (--entry.Users == 0) entry.Forgetting = time.CreateTimer(_ => Forget(entry), null, KeptFor, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Forget(Entry entry)
    {
        lock (_gate)
        {
            // Not there: forgotten already, or read anew because it had failed.
            if (entry.Users > 0 || _entries.GetValueOrDefault(entry.Key) != entry)
                return;

            _entries.Remove(entry.Key);
            entry.Forgetting?.Dispose();
        }

        if (entry.Message is { IsCompletedSuccessfully: true, Result: { } tally }) late.Report([tally]);
    }

    public sealed class Borrowed(IReadOnlyList<MessageTally> messages, Action giveBack) : IDisposable
    {
        public IReadOnlyList<MessageTally> Messages => messages;

        public void Dispose() => giveBack();
    }

    private readonly record struct Key(string Room, string Position);

    private sealed class Entry(Key key, Task<MessageTally?> message)
    {
        public Key Key => key;

        public Task<MessageTally?> Message => message;

        public int Users { get; set; }

        public ITimer? Forgetting { get; set; }
    }
}
