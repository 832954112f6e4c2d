using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// What this worker knows of connections that have just come into a room: from which message on walks reach them, and up to which they
/// caught up. One that is in both hands gets no message twice by that. The walks of other workers are not known here: then it may.
/// </summary>
public sealed class CatchUpLedger(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Room, string ConnectionId), Entry> _known = [];
    private readonly Queue<((string Room, string ConnectionId) Key, DateTimeOffset Until)> _forgetting = [];

    /// <returns>False when the connection has caught up with the message already.</returns>
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

    /// <returns>False when a walk brings the connection this message and all that follow.</returns>
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
