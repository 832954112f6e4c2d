using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// The only writer of the tables of connections, rooms and tombstones. Its queue keeps no order and repeats, several workers run at
/// once, and each may die between any two writes; the tables converge to the truth all the same, because
/// <list type="bullet">
/// <item>closed is final: a tombstone is written first and never taken back;</item>
/// <item>the row of a connection is the truth about its rooms, memberships are copies that are compared with it after writing;</item>
/// <item>who opens looks for a tombstone after its last write, who closes removes after writing the tombstone: one sees the other;</item>
/// <item>rows are removed last, so that whoever comes again still finds what is left to do.</item>
/// </list>
/// <c>docs/registry.md</c> tells the interleavings as timelines.
/// </summary>
public sealed class ConnectionRegistry(RegistryRows rows, TimeProvider time)
{
    /// <summary>
    /// A tombstone must outlive every row that an event could still write. Events about expired connections write nothing, so it may go
    /// when its connection would have expired; the margin once more is for clocks that differ.
    /// </summary>
    private static readonly TimeSpan TombstoneLife = Limits.MaxConnectionLife + (2 * RegistryTables.TimeToLiveMargin);

    public Task<EntryOutcome> OpenAsync(ConnectionOpened opened, CancellationToken cancellation) =>
        EnterAsync(Connection.From(opened), cancellation);

    public Task<EntryOutcome> ChangeMembershipAsync(MembershipChanged changed, CancellationToken cancellation) =>
        EnterAsync(Connection.From(changed), cancellation);

    public async Task<CloseOutcome> CloseAsync(ConnectionClosed closed, CancellationToken cancellation)
    {
        if (IsAboutNewborn(closed))
            return CloseOutcome.IgnoredNewborn;
        if (await IsAboutAnotherAsync(closed, cancellation))
            return CloseOutcome.IgnoredOther;

        await rows.PutTombstoneAsync(
            closed.ConnectionId, closed.ClosedAt, (closed.ConnectedAt ?? closed.ClosedAt) + TombstoneLife, cancellation);
        var row = await RemoveAsync(closed.ConnectionId, closed.FoundInRoom is { } room ? [room] : [], cancellation);
        return row is null ? CloseOutcome.WasNotOpen : CloseOutcome.Closed;
    }

    /// <summary>
    /// A connection cannot be posted to until its <c>$connect</c> has returned, so a 410 for a connection that young means
    /// <em>not yet</em>. Taking it for the end would lock somebody out who has just arrived.
    /// </summary>
    private static bool IsAboutNewborn(ConnectionClosed closed) =>
        closed.Because == ClosedBecause.Gone && closed.ClosedAt - closed.ConnectedAt < Limits.HandshakeGrace;

    /// <summary>A report of a gone connection counts only against the very row that its reporter had read.</summary>
    private async Task<bool> IsAboutAnotherAsync(ConnectionClosed closed, CancellationToken cancellation) =>
        closed is { Because: ClosedBecause.Gone, ConnectedAt: { } read }
        && await rows.FindAsync(closed.ConnectionId, cancellation) is { } row
        && row.ConnectedAt != read;

    /// <summary>Makes the tables know <paramref name="news"/>: a connection that is open, and changes of some of its rooms.</summary>
    private async Task<EntryOutcome> EnterAsync(Connection news, CancellationToken cancellation)
    {
        if (news.ExpiresAt <= time.GetUtcNow())
            return EntryOutcome.Expired;

        string[] rooms = [Room.Everyone, .. news.Rooms.Keys];

        // A first look that costs half and spares late events the writing. It may be wrong; the one at the end may not.
        var closed = await rows.IsClosedAsync(news.ConnectionId, consistent: false, cancellation);
        while (!closed)
        {
            var row = await MergeIntoRowAsync(news, cancellation);
            await CopyToMembershipsAsync(row, rooms, cancellation);

            // The row is read before the tombstone: a close writes the tombstone before it removes the row.
            var overtaken = rooms.Length > 1
                && (await rows.FindAsync(news.ConnectionId, cancellation))?.Revision != row.Revision;
            closed = await rows.IsClosedAsync(news.ConnectionId, consistent: true, cancellation);
            if (!closed && !overtaken)
                return EntryOutcome.Entered;
        }

        await RemoveAsync(news.ConnectionId, rooms, cancellation);
        return EntryOutcome.AlreadyClosed;
    }

    private async Task<Connection> MergeIntoRowAsync(Connection news, CancellationToken cancellation)
    {
        while (true)
        {
            if (await rows.TryAddAsync(news, cancellation))
                return news;

            var row = await rows.FindAsync(news.ConnectionId, cancellation);
            if (row is null)
                continue;

            var merged = row.MergedWith(news);
            if (ReferenceEquals(merged, row))
                return row;

            merged = merged with { Revision = row.Revision + 1 };
            if (await rows.TryReplaceAsync(merged, cancellation))
                return merged;
        }
    }

    private Task CopyToMembershipsAsync(Connection row, string[] rooms, CancellationToken cancellation) =>
        Task.WhenAll(rooms.Select(room => row.IsIn(room)
            ? rows.PutMembershipAsync(row, room, cancellation)
            : rows.RemoveMembershipAsync(row.ConnectionId, room, cancellation)));

    /// <summary>
    /// Removes a closed connection's memberships of <paramref name="knownRooms"/>, of everyone and of the rooms in its row, and then the
    /// row. A row that changed meanwhile names rooms that were not removed, so it is read again.
    /// </summary>
    /// <returns>The row as it was, or null when there was none.</returns>
    private async Task<Connection?> RemoveAsync(string connectionId, string[] knownRooms, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await rows.FindAsync(connectionId, cancellation);
            var rooms = knownRooms.Union(row?.JoinedRooms ?? [Room.Everyone]);
            await Task.WhenAll(rooms.Select(room => rows.RemoveMembershipAsync(connectionId, room, cancellation)));
            if (row is null || await rows.TryRemoveAsync(row, cancellation))
                return row;
        }
    }
}

/// <summary>How an event ended that says a connection is open.</summary>
public enum EntryOutcome
{
    Entered,

    /// <summary>A tombstone was there: the event was late or repeated, and nothing of the connection is left.</summary>
    AlreadyClosed,

    /// <summary>The event was so late that its connection cannot be open any more; nothing was written.</summary>
    Expired,
}

/// <summary>How an event ended that says a connection is over.</summary>
public enum CloseOutcome
{
    Closed,

    /// <summary>There was no row: closed before, or its opening is still on the way and will find the tombstone.</summary>
    WasNotOpen,

    /// <summary>A 410 for a connection that was still in its handshake.</summary>
    IgnoredNewborn,

    /// <summary>A 410 that was reported of another row than the one that is there now.</summary>
    IgnoredOther,
}
