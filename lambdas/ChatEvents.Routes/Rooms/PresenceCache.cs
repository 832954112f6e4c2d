namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Keeps the rooms that were read last, for a moment. Reading a room costs the more the more members it has, and clients ask for a listing
/// page by page. The environments of one process share the cache, and a read in progress.
/// </summary>
internal sealed class PresenceCache(TimeProvider time)
{
    /// <summary>How long a first page may be old: as old as one that is read without consistency.</summary>
    private static readonly TimeSpan FirstPageLife = TimeSpan.FromSeconds(1);

    /// <summary>How long the pages after the first are taken from the room as it was then. Arbitrary: a person scrolls to the next one.</summary>
    private static readonly TimeSpan ListingLife = TimeSpan.FromSeconds(30);

    /// <summary>How many connections are kept, of all rooms together; some 15 MB. Arbitrary.</summary>
    private const int MaxRows = 50_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Task<RoomSnapshot> Read, long At)> _rooms = new(StringComparer.Ordinal);

    /// <param name="room">Its name.</param>
    /// <param name="connectionId">Who asks; a first page in which it is missing is read again, so that nobody misses itself.</param>
    /// <param name="isFirstPage">Whether a listing begins.</param>
    /// <param name="read">Reads the room.</param>
    public async Task<RoomSnapshot> GetAsync(string room, string connectionId, bool isFirstPage, Func<Task<RoomSnapshot>> read)
    {
        if (Find(room, isFirstPage ? FirstPageLife : ListingLife) is { } reading)
        {
            var kept = await reading;
            if (!isFirstPage || kept.IsPartial || kept.Contains(connectionId)) return kept;
        }

        return await KeepAsync(room, read());
    }

    private Task<RoomSnapshot>? Find(string room, TimeSpan life)
    {
        lock (_gate)
        {
            return _rooms.TryGetValue(room, out var kept) && time.GetElapsedTime(kept.At) < life ? kept.Read : null;
        }
    }

    private async Task<RoomSnapshot> KeepAsync(string room, Task<RoomSnapshot> reading)
    {
        lock (_gate) _rooms[room] = (reading, time.GetTimestamp());
        try
        {
            return await reading;
        }
        finally
        {
            lock (_gate) Prune();
        }
    }

    /// <summary>Drops what failed, what is old, and the oldest of what is too much.</summary>
    private void Prune()
    {
        var rows = 0;
        foreach (var (room, (reading, at)) in _rooms.OrderByDescending(room => room.Value.At).ToList())
        {
            if (reading.IsCompletedSuccessfully) rows += reading.Result.Rows;
            if (reading is { IsCompleted: true, IsCompletedSuccessfully: false } || time.GetElapsedTime(at) > ListingLife || rows > MaxRows)
                _rooms.Remove(room);
        }
    }
}
