using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Limits what posts cost whose senders are not in the room. Whether somebody is there must be read each time, so a client that connects again
/// and again to post where it is not keeps functions and table busy, as one that posts there again and again. Refusing it then costs a look
/// into memory. Counts in this process only.
/// </summary>
internal sealed class Strangers
{
    /// <summary>How many look-ups in vain an address has. Arbitrary: as many clients may share one, and post for the first time at once.</summary>
    private const double PerSecond = 20, AtOnce = 500;

    /// <summary>The same of a connection. Arbitrary: who has been told so thirty times does not ask because of a mistake.</summary>
    private const double OfConnectionPerSecond = 2, OfConnectionAtOnce = 30;

    /// <summary>Of addresses and of members that are remembered. Arbitrary.</summary>
    private const int MaxRemembered = 10_000;

    private readonly TokenBuckets _inVain = new(PerSecond, AtOnce, MaxRemembered);
    private readonly TokenBuckets _inVainOfConnection = new(OfConnectionPerSecond, OfConnectionAtOnce, MaxRemembered);
    private readonly Lock _gate = new();
    private readonly HashSet<(string ConnectionId, string Room)> _members = [];

    /// <param name="address">From which the connection came.</param>
    /// <param name="connectionId">The sender. One who was found in the room before has a turn, whatever others at its address do.</param>
    /// <param name="room">Which they post to.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="BadFrameException">The address has had too many.</exception>
    public void RequireTurn(string address, string connectionId, string room, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_members.Contains((connectionId, room))) return;
        }

        if (!_inVainOfConnection.TryTake(connectionId, now))
            throw BadFrameException.TooOften("You are not in the rooms that you send to; join them, and wait a second.");
        if (_inVain.TryTake(address, now)) return;
        _inVainOfConnection.Return(connectionId);
        throw BadFrameException.TooOften("Too many messages from your address are for rooms that their senders are not in; wait a second.");
    }

    /// <param name="address">As before, like the next two.</param>
    /// <param name="connectionId">The sender.</param>
    /// <param name="room">Which they post to.</param>
    /// <param name="isMember">What was found; null when it could not be read.</param>
    public void EndTurn(string address, string connectionId, string room, bool? isMember)
    {
        bool tookToken;
        lock (_gate)
        {
            tookToken = !_members.Contains((connectionId, room));
            if (_members.Count >= MaxRemembered) _members.Clear();
            if (isMember == true) _members.Add((connectionId, room));
            else if (isMember == false) _members.Remove((connectionId, room));
        }

        if (!tookToken || isMember == false) return;
        _inVain.Return(address);
        _inVainOfConnection.Return(connectionId);
    }
}
