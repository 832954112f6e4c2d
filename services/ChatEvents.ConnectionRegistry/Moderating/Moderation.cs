using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry.Moderating;

/// <summary>How a decision about somebody ended.</summary>
public enum DecisionOutcome
{
    Made,

    /// <summary>A later decision is known, so this one came late or again.</summary>
    Overtaken,

    /// <summary>The operator has banned them, which moderators do not change.</summary>
    OfOperator,
}

/// <param name="Outcome">How the decision ended.</param>
/// <param name="Before">The ban that held until then, or still holds; null for none.</param>
public readonly record struct Decision(DecisionOutcome Outcome, Ban? Before);

/// <summary>
/// Keeps users and addresses out for a time, and ends their connections: for the operator's tool, and for moderators in the registry. Of two
/// decisions about somebody the later one counts, in whatever order they arrive and however often.
/// </summary>
public sealed class Moderation(
    ConnectionsTable connections, RoomsTable memberships, BansTable bans, Gateway gateway, Pace pace, TimeProvider time)
{
    /// <summary>Bans, or lifts a ban. Bans come before connections end, because clients connect again at once.</summary>
    public async Task<Decision> DecideAsync(Ban ban, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await bans.FindRowAsync(ban.Key, cancellation);
            var last = row?.Decision;
            var before = last?.HoldsAt(time.GetUtcNow()) == true ? last : null;

            // The operator has the last word, whatever the clocks say.
            if (ban.By is not null)
            {
                if (before is { By: null }) return new(DecisionOutcome.OfOperator, before);
                if (last is not null && IsLater(last, ban)) return new(DecisionOutcome.Overtaken, before);
            }

            if (await bans.TryReplaceAsync(ban, row, cancellation)) return new(DecisionOutcome.Made, before);
        }
    }

    /// <summary>Lifts the bans of the addresses of a guest, as far as moderators made them.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> LiftFromGuestAsync(string guest, DateTimeOffset at, string by, CancellationToken cancellation)
    {
        // Recorded even when no ban is known: an earlier one may still be on its way, and nobody knows of which addresses it will be.
        await DecideAsync(Ban.Lifted(Bans.KeyOfGuest(guest), at, by), cancellation);

        var isAny = false;
        foreach (var ban in await bans.ReadAllAsync(cancellation).Where(ban => ban.Guest == guest).ToListAsync(cancellation))
            isAny |= await DecideAsync(Ban.Lifted(ban.Key, at, by), cancellation) is { Outcome: DecisionOutcome.Made };
        return isAny;
    }

    /// <summary>Takes back the bans of the addresses of a guest if a later unban of the guest came first.</summary>
    /// <returns>Whether one had come.</returns>
    public async Task<bool> TakeBackIfLiftedAsync(string guest, DateTimeOffset bannedAt, CancellationToken cancellation)
    {
        var row = await bans.FindRowAsync(Bans.KeyOfGuest(guest), cancellation);
        if (row?.Decision is not { IsLifted: true, By: { } by } lifted || lifted.BannedAt < bannedAt) return false;
        await LiftFromGuestAsync(guest, lifted.BannedAt, by, cancellation);
        return true;
    }

    /// <summary>The connections of a user whose memberships are written.</summary>
    public IAsyncEnumerable<Membership> ConnectionsOf(string user, CancellationToken cancellation) =>
        memberships.ReadRoomAsync(UserId.RoomOf(user), cancellation);

    /// <summary>Open connections, by a scan of the whole table.</summary>
    public IAsyncEnumerable<ConnectionRow> ScanAsync(Func<ConnectionRow, bool> isMeant, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return connections.ReadOpenedBeforeAsync(DateTimeOffset.MaxValue, cancellation).Where(row => row.ExpiresAt > now && isMeant(row));
    }

    /// <summary>The open connections from an address; of IPv6, from its network.</summary>
    public IAsyncEnumerable<ConnectionRow> ScanAddressAsync(string key, CancellationToken cancellation) =>
        ScanAsync(row => Bans.KeyOfAddress(row.SourceAddress) == key, cancellation);

    /// <param name="found">The connections.</param>
    /// <param name="why">What each client is told before; null for nothing.</param>
    /// <param name="cancellation">Stops in between.</param>
    public async Task<Disconnections> EndAsync(
        IAsyncEnumerable<ConnectionToEnd> found, string? why, CancellationToken cancellation)
    {
        var disconnections = new Disconnections(gateway, why);
        await pace.ForEachAsync(
            found, (connection, stop) => disconnections.EndAsync(connection, stop), cancellation);
        return disconnections;
    }

    private static bool IsLater(Ban known, Ban decision) => known.BannedAt.CompareTo(decision.BannedAt) switch
    {
        > 0 => true,
        0 => known.IsLifted && !decision.IsLifted,
        _ => false,
    };
}
