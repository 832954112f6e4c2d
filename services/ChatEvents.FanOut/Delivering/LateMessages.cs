using ChatEvents.FanOut.Walks;

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
        var keys = positions.Select(position => new Key(room, position)).ToList();
        var entries = keys.ConvertAll(key => Take(key, () => recent.FindAsync(key.Room, key.Position, CancellationToken.None)));
        try
        {
            var found = await Task.WhenAll(entries.Select(entry => entry.Message)).WaitAsync(abandoning);
            return new Borrowed(this, keys, [.. found.OfType<MessageTally>()]);
        }
        catch
        {
            GiveBack(keys);
            throw;
        }
    }

    /// <summary>Has the deliveries that this worker hands on to itself counted along with those of its walk.</summary>
    public void Keep(MessageTally tally)
    {
        var key = new Key(tally.Room, tally.Position);
        Take(key, () => Task.FromResult<MessageTally?>(tally));
        GiveBack([key]);
    }

    public void Dispose()
    {
        foreach (var key in _entries.Keys.ToList()) Forget(key);
    }

    /// <param name="key">Which message.</param>
    /// <param name="read">How to get it unless somebody has it; not bound to who asks first, because others may wait for it too.</param>
    private Entry Take(Key key, Func<Task<MessageTally?>> read)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry)) _entries.Add(key, entry = new Entry(read()));
            entry.Users++;
            entry.Forgetting?.Dispose();
            return entry;
        }
    }

    private void GiveBack(IEnumerable<Key> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                var entry = _entries[key];
                if (--entry.Users == 0) entry.Forgetting = time.CreateTimer(_ => Forget(key), null, KeptFor, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Forget(Key key)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry) || entry.Users > 0)
                return;

            _entries.Remove(key);
            entry.Forgetting?.Dispose();
        }

        if (entry.Message is { IsCompletedSuccessfully: true, Result: { } tally }) late.Report([tally]);
    }

    public sealed class Borrowed : IDisposable
    {
        private readonly LateMessages _owner;
        private readonly IReadOnlyList<Key> _keys;

        internal Borrowed(LateMessages owner, IReadOnlyList<Key> keys, IReadOnlyList<MessageTally> messages) =>
            (_owner, _keys, Messages) = (owner, keys, messages);

        public IReadOnlyList<MessageTally> Messages { get; }

        public void Dispose() => _owner.GiveBack(_keys);
    }

    internal readonly record struct Key(string Room, string Position);

    private sealed class Entry(Task<MessageTally?> message)
    {
        public Task<MessageTally?> Message => message;

        public int Users { get; set; }

        public ITimer? Forgetting { get; set; }
    }
}
