using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// The only writer of the tables of connections, rooms and tombstones. Its queue keeps no order and delivers twice, several workers run at
/// once, and each may die between any two writes. The tables still converge to the truth, because
/// <list type="bullet">
/// <item>closed is final: a tombstone is written first and never taken back;</item>
/// <item>the row of a connection is the truth about its rooms; memberships are copies that are compared with it after writing;</item>
/// <item>opening looks for a tombstone after its last write, closing removes after writing the tombstone, so one of them sees the
/// other;</item>
/// <item>rows are removed last, so that a repeated event still finds what is left to do.</item>
/// </list> <c>docs/registry.md</c> has timelines of the interleavings.
/// </summary>
public sealed class ConnectionRegistry(ConnectionsTable connections, RoomsTable memberships, ClosedTable closedConnections, TimeProvider time)
{
    /// <summary>
    /// A tombstone must outlive every row that an event could still write. Events about expired connections write nothing, so it may expire
    /// when its connection would have. The second margin is for clock skew.
    /// </summary>
    private static readonly TimeSpan TombstoneLife = Limits.MaxConnectionLife + (2 * RegistryTables.TimeToLiveMargin);

    /// <summary>
    /// An event this young rarely finds a tombstone, so looking for one before writing saves nothing. The look after writing decides in any
    /// case. Arbitrary: a queue without a backlog is about a hundred times faster.
    /// </summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    public Task<EntryOutcome> OpenAsync(ConnectionOpened opened, CancellationToken cancellation) =>
        EnterAsync(Merging.RowFrom(opened), opened.ConnectedAt, change: null, cancellation);

    public Task<EntryOutcome> ChangeMembershipAsync(MembershipChanged changed, CancellationToken cancellation) =>
        EnterAsync(Merging.RowFrom(changed), changed.ChangedAt, changed, cancellation);

    public async Task<CloseOutcome> CloseAsync(ConnectionClosed closed, CancellationToken cancellation)
    {
        if (IsAboutHandshake(closed))
            return CloseOutcome.IgnoredInHandshake;

        // A report of a gone connection only counts for the row that its reporter has read.
        ConnectionRow? row = null;
        if (closed is { Because: ClosedBecause.Gone, ConnectedAt: { } read })
        {
            row = await connections.FindAsync(closed.ConnectionId, cancellation);
            if (row is not null && row.ConnectedAt != read)
                return CloseOutcome.IgnoredOther;
        }

        await closedConnections.PutAsync(
            closed.ConnectionId, closed.ClosedAt, (closed.ConnectedAt ?? closed.ClosedAt) + TombstoneLife, cancellation);
        string[] rooms = [.. ConnectionRow.GivenTo(closed.User), .. closed.FoundInRoom is { } found ? [found] : (string[])[]];
        row = await RemoveAsync(closed.ConnectionId, rooms, row, closed.User, cancellation);
        return row is null ? CloseOutcome.WasNotOpen : CloseOutcome.Closed;
    }

    /// <summary>
    /// A connection cannot be posted to until its <c>$connect</c> has returned, so a 410 for such a young connection means <em>not
    /// yet</em>. Closing it would lock out a client that has just arrived.
    /// </summary>
    private static bool IsAboutHandshake(ConnectionClosed closed) =>
        closed.Because == ClosedBecause.Gone && closed.ClosedAt - closed.ConnectedAt < Limits.HandshakeGrace;

    /// <summary>
    /// Enters <paramref name="news"/> into the tables: an open connection and changes of some of its rooms. They come from
    /// <paramref name="change"/>, or from the opening if that is null.
    /// </summary>
    private async Task<EntryOutcome> EnterAsync(
        ConnectionRow news, DateTimeOffset happenedAt, MembershipChanged? change, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (news.ExpiresAt <= now)
            return EntryOutcome.Expired;

        string[] named = change is null ? [.. news.Rooms.Keys] : change.Room == Room.Everyone ? [] : [change.Room];
        string[] rooms = [.. news.GivenRooms, .. named];
        if (now - happenedAt >= Fresh && await closedConnections.ContainsAsync(news.ConnectionId, consistent: false, cancellation))
        {
            await RemoveAsync(news.ConnectionId, rooms, row: null, news.User, cancellation);
            return EntryOutcome.AlreadyClosed;
        }

        while (true)
        {
            var (row, isNewToAnothersRow) = await MergeIntoRowAsync(news, isOpening: change is null, cancellation);

            // The event that added the row also puts the memberships of the given rooms. An event that merges nothing new may be that
            // event, redelivered. An opening in the JSON dialect may have been overtaken by joins that did not know it, so it puts all; should
            // this worker die meanwhile and the connection end, the first post that is answered with 410 removes what is left of them.
            // Memberships that the rights forbid are removed each time, because a row with narrower rights may come after them.
            var toCopy = (change is not null && isNewToAnothersRow ? named
                    : change is null && row.Dialect == Dialect.Json ? [.. row.JoinedRooms, .. named]
                    : (IEnumerable<string>)[.. row.GivenRooms, .. named])
                .Union(row.Rooms.Keys.Where(room => !row.MayBeIn(room)), StringComparer.Ordinal)
                .ToList();
            await CopyToMembershipsAsync(row, toCopy, cancellation);

            // The row is read before the tombstone, because closing writes the tombstone before it removes the row.
            var isOvertaken = (named.Length > 0 || (change is null && toCopy.Count > row.GivenRooms.Count))
                && (await connections.FindAsync(news.ConnectionId, cancellation))?.Revision != row.Revision;
            if (await closedConnections.ContainsAsync(news.ConnectionId, consistent: true, cancellation))
            {
                await RemoveAsync(news.ConnectionId, rooms, row, news.User, cancellation);
                return EntryOutcome.AlreadyClosed;
            }

            if (!isOvertaken)
                return OutcomeOf(row, news, change);
        }
    }

    private static EntryOutcome OutcomeOf(ConnectionRow row, ConnectionRow news, MembershipChanged? change) => change switch
    {
        _ when !row.IsOfSame(news) => EntryOutcome.OfAnother,
        { IsIn: true } when change.Room != Room.Everyone && !row.MayBeIn(change.Room) => EntryOutcome.Forbidden,
        { } when row.HasRefused(change) => EntryOutcome.Refused,
        _ => EntryOutcome.Entered,
    };

    /// <summary>Adds the row, or merges the news into the existing one.</summary>
    /// <returns>The row, and whether it existed without the news.</returns>
    private async Task<(ConnectionRow Row, bool IsNewToAnothersRow)> MergeIntoRowAsync(
        ConnectionRow news, bool isOpening, CancellationToken cancellation)
    {
        // An opening usually finds no row, and a change usually finds one.
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

    private Task CopyToMembershipsAsync(ConnectionRow row, IEnumerable<string> rooms, CancellationToken cancellation) =>
        Task.WhenAll(rooms.Select(room => row.IsIn(room)
            ? memberships.PutAsync(row, room, cancellation)
            : memberships.RemoveAsync(room, row.ConnectionId, cancellation)));

    /// <summary>
    /// Removes a closed connection's memberships of <paramref name="knownRooms"/>, of everyone and of the rooms in its row, and then the
    /// row. Most connections are only in the rooms given to them, so the row is read only if it turns out to name other rooms or another
    /// user, and again if it has changed.
    /// </summary>
    /// <returns>The removed row; null if there was none.</returns>
    private async Task<ConnectionRow?> RemoveAsync(
        string connectionId, string[] knownRooms, ConnectionRow? row, string? user, CancellationToken cancellation)
    {
        var removed = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var rooms = knownRooms.Append(Room.Everyone).Union(row?.JoinedRooms ?? []).Where(removed.Add).ToList();
            await Task.WhenAll(rooms.Select(room => memberships.RemoveAsync(room, connectionId, cancellation)));
            var removal = await connections.TryRemoveAsync(connectionId, row, user, cancellation);
            if (removal.IsDone)
                return removal.Row;

            row = removal.Row;
        }
    }
}

/// <summary>The outcome of an event that says a connection is open.</summary>
public enum EntryOutcome
{
    Entered,

    /// <summary>The connection is in the maximum number of rooms. The refusal is noted in its row.</summary>
    Refused,

    /// <summary>The connection's user may not be in the room, so it is not.</summary>
    Forbidden,

    /// <summary>The event names another user than the row of its connection. Nothing was written.</summary>
    OfAnother,

    /// <summary>There was a tombstone: the event was late or repeated, and nothing of the connection is left.</summary>
    AlreadyClosed,

    /// <summary>The event was so late that its connection cannot be open any more. Nothing was written.</summary>
    Expired,
}

/// <summary>The outcome of an event that says a connection has ended.</summary>
public enum CloseOutcome
{
    Closed,

    /// <summary>There was no row: it was closed before, or its opening has not arrived yet and will find the tombstone.</summary>
    WasNotOpen,

    /// <summary>A 410 for a connection in its handshake.</summary>
    IgnoredInHandshake,

    /// <summary>A 410 that was reported for another row than the present one.</summary>
    IgnoredOther,
}
