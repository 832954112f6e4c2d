using ChatEvents.Contracts;

namespace ChatEvents.Routes.History;

/// <summary>
/// A frame that asks for messages of a room: those after a number, those before one, or the latest. A number without an epoch is one of the
/// latest epoch.
/// </summary>
/// <param name="Room">The room.</param>
/// <param name="After">Null where it is not asked for.</param>
/// <param name="Before">Null where it is not asked for.</param>
/// <param name="Epoch">What the client knows; it may mean nothing any more.</param>
/// <param name="Limit">How many messages at most.</param>
internal sealed record HistoryFrame(string Room, long? After, long? Before, string? Epoch, int Limit)
{
    /// <summary>About as many as fit a screen or two. Arbitrary.</summary>
    private const int DefaultLimit = 50;

    /// <param name="frame">The frame.</param>
    /// <param name="ownRoom">The room of the user who asks; null for a guest.</param>
    /// <param name="maxMessages"><see cref="RouteSettings.HistoryMaxMessages"/>.</param>
    /// <exception cref="BadFrameException">The frame is not valid.</exception>
    public static HistoryFrame Read(Frame frame, string? ownRoom, int maxMessages)
    {
        var (after, before) = (
            frame.OptionalNumber("after", 0, RecentMessages.MaxSeq), frame.OptionalNumber("before", 1, RecentMessages.MaxSeq));
        if (after is not null && before is not null)
            throw new BadFrameException("The history is after a number or before one, not both.", Actions.HistoryExample);
        return new HistoryFrame(
            frame.RoomOrEveryone(ownRoom),
            after,
            before,
            frame.OptionalText("epoch"),
            Math.Min(frame.OptionalInteger("limit", DefaultLimit, 1, int.MaxValue), maxMessages));
    }
}
