using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Tells whether a connection is in a room, and what has become of a change. The registry writes both a moment after the event, so some
/// answers have to be waited for; since a waiting call blocks an execution environment that others need, waits are few and short.
/// </summary>
internal sealed class RoomMembers(
    RegistryReader registry, TokenBuckets waits, Strangers strangers, RouteSettings settings, TimeProvider time)
{
    /// <summary>The pause before the next look for something that the registry may be about to write; doubled each time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long after its handshake a connection may be without a row. Arbitrary, and far more than a registry without a backlog needs.
    /// </summary>
    private static readonly TimeSpan YoungFor = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a post is held for a connection whose row does not have the room: its client may have sent a join just before, without
    /// waiting for the answer.
    /// </summary>
    private static readonly TimeSpan PatienceWithJoins = TimeSpan.FromMilliseconds(250);

    /// <summary>A frame that seems to have been on its way for longer tells that clocks differ.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromMinutes(1);

    /// <summary>An environment waits at most this often, so that it spends at most a twentieth of its time waiting, whatever clients send.</summary>
    private static readonly TimeSpan BetweenPatience = TimeSpan.FromSeconds(5);

    private long? _lastPatientAt;

    /// <summary>Returns if the connection that sent a frame is in the room.</summary>
    /// <param name="room">The room.</param>
    /// <param name="sender">Whose frame it is.</param>
    /// <param name="answering">Cancelled when an answer would come too late.</param>
    /// <param name="code">One of <see cref="ErrorCode"/>, for a connection that is not.</param>
    /// <exception cref="BadFrameException">The connection is not in the room, or its address asks too often in vain.</exception>
    public async Task RequireAsync(string room, RouteRequestContext sender, CancellationToken answering, string code = ErrorCode.NotInRoom)
    {
        if (room == Room.Everyone) return;
        var address = sender.AddressOrEmpty;
        strangers.RequireTurn(address, sender.RequiredConnectionId, room, time.GetUtcNow());
        bool? isMember = null;
        try
        {
            await FindAsync(room, sender, code, answering);
            isMember = true;
        }
        catch (BadFrameException)
        {
            isMember = false;
            throw;
        }
        finally
        {
            strangers.EndTurn(address, sender.RequiredConnectionId, room, isMember);
        }
    }

    /// <summary>Waits until the registry has written a change, or one that counts more.</summary>
    /// <returns>How the connection stands to the room then; null when it is not known in time.</returns>
    public async Task<RoomState?> FindResultAsync(MembershipChanged change, CancellationToken answering)
    {
        // Reading the row too early only makes the wait longer.
        await Task.Delay(Shorter(FirstPause), time, answering);
        var standing = await SeeAsync(
            () => registry.FindStandingAsync(change.Room, change.ConnectionId, answering),
            standing => standing?.Knows(change) == true,
            () => settings.MembershipPatience,
            answering);
        if (standing?.Knows(change) == true) return standing.Value.State;

        // In by an earlier join, and this one will not change that: else each join that is sent again would have to be waited for, too.
        return change.IsIn && standing is { State: RoomState.Joined } ? RoomState.Joined : null;
    }

    private async Task FindAsync(string room, RouteRequestContext sender, string code, CancellationToken answering)
    {
        var connectionId = sender.RequiredConnectionId;
        if (await registry.IsMemberAsync(room, connectionId, answering)) return;

        // A membership is a copy of what the row says, and is written after it.
        if (await FindRowAsync(room, sender, answering) is { } standing && (standing.State == RoomState.Joined
            || (TakesPatience() && await SeeAsync(IsInAsync, isSeen => isSeen, () => Shorter(PatienceWithJoins), answering))))
        {
            return;
        }

        throw new BadFrameException(
            $"You are not in the room {Quote.Of(room)}.", $$"""{"action":"{{Actions.Join}}","room":"{{room}}"}""", code);

        async Task<bool> IsInAsync() =>
            await registry.FindStandingAsync(room, connectionId, answering) is { State: RoomState.Joined };
    }

    /// <summary>What the sender of a frame speaks; null when its row is not there in time.</summary>
    public Task<Speaker?> FindSpeakerAsync(RouteRequestContext sender, CancellationToken answering) =>
        FindInRowAsync(sender, () => registry.FindSpeakerAsync(sender.RequiredConnectionId, answering), answering);

    /// <summary>The rooms that the sender of a frame has joined; none when its row is not there in time.</summary>
    public async Task<IReadOnlyList<string>> FindRoomsAsync(RouteRequestContext sender, CancellationToken answering) =>
        await FindInRowAsync(sender, () => registry.FindRoomsAsync(sender.RequiredConnectionId, answering), answering) ?? [];

    /// <summary>The row of a connection says in which rooms it is; only one that has just come may not have a row yet.</summary>
    private Task<RoomStanding?> FindRowAsync(string room, RouteRequestContext sender, CancellationToken answering) =>
        FindInRowAsync(sender, () => registry.FindStandingAsync(room, sender.RequiredConnectionId, answering), answering);

    private Task<TFound?> FindInRowAsync<TFound>(RouteRequestContext sender, Func<Task<TFound?>> look, CancellationToken answering)
    {
        var isYoung = sender.RequiredRequestTime - sender.RequiredConnectedAt < YoungFor;
        return SeeAsync(look, found => found is not null, () => isYoung ? PatienceWith(sender) : TimeSpan.Zero, answering);
    }

    /// <summary>
    /// Counted from when the gateway received the frame: one that had to wait for an environment has waited already. And a client that
    /// connects again and again, to post where it is not, is not waited for each time.
    /// </summary>
    private TimeSpan PatienceWith(RouteRequestContext sender)
    {
        if (sender.HasWaited) return TimeSpan.Zero;
        sender.HasWaited = true;
        var now = time.GetUtcNow();
        var way = now - sender.RequiredRequestTime;
        var left = way > TimeSpan.Zero && way < LongestWay ? settings.MembershipPatience - way : settings.MembershipPatience;
        return left > TimeSpan.Zero && waits.TryTake(sender.AddressOrEmpty, now) ? left : TimeSpan.Zero;
    }

    private TimeSpan Shorter(TimeSpan wait) => wait < settings.MembershipPatience ? wait : settings.MembershipPatience;

    private bool TakesPatience()
    {
        if (settings.MembershipPatience == TimeSpan.Zero) return false;
        if (_lastPatientAt is { } last && time.GetElapsedTime(last) < BetweenPatience) return false;
        _lastPatientAt = time.GetTimestamp();
        return true;
    }

    /// <summary>Looks repeatedly until the answer is there, or patience is over.</summary>
    private async Task<TAnswer> SeeAsync<TAnswer>(
        Func<Task<TAnswer>> look, Func<TAnswer, bool> isThere, Func<TimeSpan> patienceOf, CancellationToken answering)
    {
        // Patience is counted from the first answer, which can take longer than all of it: a new environment has to connect first.
        var answer = await look();
        var firstAnsweredAt = time.GetTimestamp();
        if (isThere(answer)) return answer;

        var patience = patienceOf();
        var left = patience;
        for (var pause = FirstPause; left > TimeSpan.Zero && !isThere(answer); pause *= 2)
        {
            await Task.Delay(pause < left ? pause : left, time, answering);
            answer = await look();

            // A timer may end a moment early; the rest after the last planned pause is not worth another look.
            left = left <= pause ? TimeSpan.Zero : patience - time.GetElapsedTime(firstAnsweredAt);
        }

        return answer;
    }
}
