using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Tells whether a connection is in a room, and what has become of a change. The registry writes both a moment after the event, so some
/// answers have to be waited for; since a waiting call blocks an execution environment that others need, waits are few and short.
/// </summary>
internal sealed class RoomMembers(RegistryReader registry, RouteSettings settings, TimeProvider time)
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

    /// <summary>An environment does so at most this often, so that it spends a twentieth of its time on it at most, whoever posts what.</summary>
    private static readonly TimeSpan BetweenPatience = TimeSpan.FromSeconds(5);

    private long? _lastPatientAt;

    /// <summary>Returns if the connection that sent a frame is in the room.</summary>
    /// <exception cref="BadFrameException">The connection is not in the room.</exception>
    public async Task RequireAsync(string room, RouteRequestContext sender, CancellationToken answering)
    {
        var connectionId = sender.RequiredConnectionId;
        if (room == Room.Everyone || await registry.IsMemberAsync(room, connectionId, answering)) return;

        // A membership is a copy of what the row says, and is written after it.
        if (await FindRowAsync(room, sender, answering) is { } standing && (standing.State == RoomState.Joined
            || (TakesPatience() && await SeeAsync(IsInAsync, isSeen => isSeen, Shorter(PatienceWithJoins), answering))))
        {
            return;
        }

        throw new BadFrameException(
            $"You are not in the room {Quote.Of(room)}.", $$"""{"action":"{{Actions.Join}}","room":"{{room}}"}""");

        async Task<bool> IsInAsync() =>
            await registry.FindStandingAsync(room, connectionId, answering) is { State: RoomState.Joined };
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
            settings.MembershipPatience,
            answering);
        return standing?.Knows(change) == true ? standing.Value.State : null;
    }

    /// <summary>The row of a connection says in which rooms it is; only one that has just come may not have a row yet.</summary>
    private async Task<RoomStanding?> FindRowAsync(string room, RouteRequestContext sender, CancellationToken answering)
    {
        var isYoung = sender.RequiredRequestTime - sender.RequiredConnectedAt < YoungFor;
        return await SeeAsync(
            () => registry.FindStandingAsync(room, sender.RequiredConnectionId, answering),
            standing => standing is not null,
            isYoung ? settings.MembershipPatience : TimeSpan.Zero,
            answering);
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
        Func<Task<TAnswer>> look, Func<TAnswer, bool> isThere, TimeSpan patience, CancellationToken answering)
    {
        // Patience is counted from the first answer, which can take longer than all of it: a new environment has to connect first.
        var answer = await look();
        var firstAnsweredAt = time.GetTimestamp();
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
