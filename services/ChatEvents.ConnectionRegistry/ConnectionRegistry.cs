using ChatEvents.Consumers.Tables;
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
public sealed class ConnectionRegistry(ConnectionsTable connections, RoomsTable memberships, ClosedTable closedConnections, TimeProvider time)
{
    /// <summary>
    /// A tombstone must outlive every row that an event could still write. Events about expired connections write nothing, so it may go
    /// when its connection would have expired; the margin once more is for clocks that differ.
    /// </summary>
    private static readonly TimeSpan TombstoneLife = Limits.MaxConnectionLife + (2 * RegistryTables.TimeToLiveMargin);

    /// <summary>
    /// An event this young hardly ever finds a tombstone, so nothing is saved by looking for one before the writing. Right or wrong, the
    /// look after the writing decides. Arbitrary: a queue without a backlog is some hundred times quicker.
    /// </summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    public Task<EntryOutcome> OpenAsync(ConnectionOpened opened, CancellationToken cancellation) =>
        EnterAsync(Merging.RowFrom(opened), opened.ConnectedAt, change: null, cancellation);

    public Task<EntryOutcome> ChangeMembershipAsync(MembershipChanged changed, CancellationToken cancellation) =>
        EnterAsync(Merging.RowFrom(changed), changed.ChangedAt, changed, cancellation);

    public async Task<CloseOutcome> CloseAsync(ConnectionClosed closed, CancellationToken cancellation)
    {
        if (IsAboutNewborn(closed))
            return CloseOutcome.IgnoredNewborn;

        // A report of a gone connection counts only against the very row that its reporter had read.
        ConnectionRow? row = null;
        if (closed is { Because: ClosedBecause.Gone, ConnectedAt: { } read })
        {
            row = await connections.FindAsync(closed.ConnectionId, cancellation);
            if (row is not null && row.ConnectedAt != read)
                return CloseOutcome.IgnoredOther;
        }

        await closedConnections.PutAsync(
            closed.ConnectionId, closed.ClosedAt, (closed.ConnectedAt ?? closed.ClosedAt) + TombstoneLife, cancellation);
        row = await RemoveAsync(closed.ConnectionId, closed.FoundInRoom is { } room ? [room] : [], row, cancellation);
        return row is null ? CloseOutcome.WasNotOpen : CloseOutcome.Closed;
    }

    /// <summary>
    /// A connection cannot be posted to until its <c>$connect</c> has returned, so a 410 for a connection that young means
    /// <em>not yet</em>. Taking it for the end would lock somebody out who has just arrived.
    /// </summary>
    private static bool IsAboutNewborn(ConnectionClosed closed) =>
        closed.Because == ClosedBecause.Gone && closed.ClosedAt - closed.ConnectedAt < Limits.HandshakeGrace;

    /// <summary>
    /// Makes the tables know <paramref name="news"/>: a connection that is open, and changes of some of its rooms; they come from
    /// <paramref name="change"/>, or from the opening where that is null.
    /// </summary>
    private async Task<EntryOutcome> EnterAsync(
        ConnectionRow news, DateTimeOffset happenedAt, MembershipChanged? change, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (news.ExpiresAt <= now)
            return EntryOutcome.Expired;

        string[] rooms = [Room.Everyone, .. news.Rooms.Keys];
        if (now - happenedAt >= Fresh && await closedConnections.ContainsAsync(news.ConnectionId, consistent: false, cancellation))
        {
            await RemoveAsync(news.ConnectionId, rooms, row: null, cancellation);
            return EntryOutcome.AlreadyClosed;
        }

        while (true)
        {
            var (row, isNewToAnothersRow) = await MergeIntoRowAsync(news, isOpening: change is null, cancellation);

            // Whoever added the row puts the membership of everyone. Who merges nothing new may be the one, in a second life.
            await CopyToMembershipsAsync(row, change is not null && isNewToAnothersRow ? rooms[1..] : rooms, cancellation);

            // The row is read before the tombstone: a close writes the tombstone before it removes the row.
            var isOvertaken = rooms.Length > 1
                && (await connections.FindAsync(news.ConnectionId, cancellation))?.Revision != row.Revision;
            if (await closedConnections.ContainsAsync(news.ConnectionId, consistent: true, cancellation))
            {
                await RemoveAsync(news.ConnectionId, rooms, row, cancellation);
                return EntryOutcome.AlreadyClosed;
            }

            if (!isOvertaken)
                return change is not null && row.HasRefused(change) ? EntryOutcome.Refused : EntryOutcome.Entered;
        }
    }

    /// <summary>Adds the row, or merges the news into the one that is there.</summary>
    /// <returns>The row, and whether it was there already and did not know the news.</returns>
    private async Task<(ConnectionRow Row, bool IsNewToAnothersRow)> MergeIntoRowAsync(
        ConnectionRow news, bool isOpening, CancellationToken cancellation)
    {
        // An opening finds no row, as a rule, and a change finds one.
        var known = isOpening ? null : await connections.FindAsync(news.ConnectionId, cancellation);
        while (true)
        {
            var merged = known?.MergedWith(news);
            if (merged is not null && ReferenceEquals(merged, known))
                return (merged, IsNewToAnothersRow: false);

            var next = merged is null ? news : merged with { Revision = merged.Revision + 1 };
            var write = known is null
                ? await connections.TryAddAsync(next, cancellation)
                : await connections.TryReplaceAsync(next, cancellation);
            if (write.IsDone)
                return (next, IsNewToAnothersRow: known is not null);

            known = write.Row;
        }
    }

    private Task CopyToMembershipsAsync(ConnectionRow row, string[] rooms, CancellationToken cancellation) =>
        Task.WhenAll(rooms.Select(room => row.IsIn(room)
            ? memberships.PutAsync(row, room, cancellation)
            : memberships.RemoveAsync(room, row.ConnectionId, cancellation)));

    /// <summary>
    /// Removes a closed connection's memberships of <paramref name="knownRooms"/>, of everyone and of the rooms in its row, and then the
    /// row. Most connections are in no room beside everyone's, so a row that was not read is read only if it turns out to name some; and
    /// again if it has changed since.
    /// </summary>
    /// <returns>The row as it was, or null when there was none.</returns>
    private async Task<ConnectionRow?> RemoveAsync(
        string connectionId, string[] knownRooms, ConnectionRow? row, CancellationToken cancellation)
    {
        var removed = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var rooms = knownRooms.Append(Room.Everyone).Union(row?.JoinedRooms ?? []).Where(removed.Add).ToList();
            await Task.WhenAll(rooms.Select(room => memberships.RemoveAsync(room, connectionId, cancellation)));
            var removal = await connections.TryRemoveAsync(connectionId, row, cancellation);
            if (removal.IsDone)
                return removal.Row;

            row = removal.Row;
        }
    }
}

/// <summary>How an event ended that says a connection is open.</summary>
public enum EntryOutcome
{
    Entered,

    /// <summary>The connection is in as many rooms as it may be; that it is not in this one is noted in its row.</summary>
    Refused,

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
