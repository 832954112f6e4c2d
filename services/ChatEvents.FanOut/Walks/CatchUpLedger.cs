using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// What this worker knows of connections that joined a room recently: the first message that its walks brought them, and the last one that
/// they caught up with. Prevents duplicates when catch-up and walk run in the same worker; other workers' walks are not known here.
/// </summary>
public sealed class CatchUpLedger(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Room, string ConnectionId), Entry> _known = [];
    private readonly Queue<((string Room, string ConnectionId) Key, DateTimeOffset Until)> _forgetting = [];

    /// <returns>False if the connection has caught up with the message already.</returns>
    public bool TryWalk(string room, Connection connection, string position)
    {
        var now = time.GetUtcNow();
        if (!connection.JoinedRecently(now))
            return true;

        lock (_gate)
        {
            var entry = Find(room, connection, now);
            if (string.CompareOrdinal(position, entry.CaughtUpTo) <= 0)
                return false;

            entry.WalkedFrom ??= position;
            return true;
        }
    }

    /// <returns>False if a walk brings the connection this message and all later ones.</returns>
    public bool TryCatchUp(string room, Connection connection, string position)
    {
        lock (_gate)
        {
            var entry = Find(room, connection, time.GetUtcNow());
            if (entry.WalkedFrom is { } walked && string.CompareOrdinal(position, walked) >= 0)
                return false;

            entry.CaughtUpTo = position;
            return true;
        }
    }

    private Entry Find(string room, Connection connection, DateTimeOffset now)
    {
        while (_forgetting.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _known.Remove(_forgetting.Dequeue().Key);
        }

        var key = (room, connection.Id);
        if (!_known.TryGetValue(key, out var entry))
        {
            _known.Add(key, entry = new Entry());
            _forgetting.Enqueue((key, now + Connection.JoinedRecentlyFor));
        }

        return entry;
    }

    private sealed class Entry
    {
        public string? WalkedFrom { get; set; }

        public string CaughtUpTo { get; set; } = "";
    }
}
