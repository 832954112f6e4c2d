using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>How a connection stands to a room.</summary>
internal enum RoomState
{
    /// <summary>It has neither joined the room nor left it.</summary>
    Never,

    Joined,

    Left,

    /// <summary>Its last join was refused, because it was in too many rooms.</summary>
    Refused,
}

/// <summary>What the row of a connection says of a room, and which change it goes back to.</summary>
/// <param name="State">How the connection stands to the room.</param>
/// <param name="At">The epoch milliseconds of the change.</param>
/// <param name="Order"><see cref="MembershipChanged.Order"/> of the change.</param>
internal readonly record struct RoomStanding(RoomState State, long At, long Order)
{
    public static RoomStanding Never { get; } = new(RoomState.Never, 0, 0);

    /// <summary>Whether the row knows the change, or one that counts more.</summary>
    public bool Knows(MembershipChanged change) =>
        (At, Order).CompareTo((change.ChangedAt.ToUnixTimeMilliseconds(), change.Order ?? 0)) >= 0;
}
