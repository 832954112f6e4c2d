using ChatEvents.Contracts;

namespace ChatEvents.Routes.Moderating;

/// <summary>
/// A frame of a moderator: <c>{"action":"ban","user":"mallory","minutes":60}</c>, or with a guest, by the name that others see, in place of the
/// user.
/// </summary>
/// <param name="Act">What is asked for.</param>
/// <param name="Action">The same, as the client wrote it.</param>
/// <param name="User">The id of the user whom it is about; null for a guest.</param>
/// <param name="Guest">The name of that guest.</param>
/// <param name="Minutes">How long a ban lasts.</param>
internal sealed record ModerationFrame(ModerationAct Act, string Action, string? User, string? Guest, int Minutes)
{
    /// <summary>Enough for a temper to cool. Arbitrary.</summary>
    private const int DefaultMinutes = 60;

    private static readonly int MaxMinutes = (int)Bans.Longest.TotalMinutes;

    public static string ExampleOf(string action) => RowOf(action).Example;

    /// <param name="frame">The frame.</param>
    /// <param name="action">The route that API Gateway chose for it.</param>
    /// <exception cref="BadFrameException">The frame is not valid.</exception>
    public static ModerationFrame Read(Frame frame, string action)
    {
        var (act, example) = RowOf(action);
        var (user, guest) = (frame.OptionalText("user"), frame.OptionalText("guest"));
        if (user is not null && guest is not null) throw new BadFrameException($"The {action} is of a user or of a guest, not both.", example);

        // The same rules hold for names of guests, whichever authorizer gives them.
        if (!UserId.IsValid(user ?? guest ?? frame.RequiredText("user")))
        {
            throw new BadFrameException(
                $"{Quote.Of((user ?? guest)!)} is not {(user is null ? "the name of a guest" : "the id of a user")}.", example);
        }

        return new ModerationFrame(act, action, user, guest, frame.OptionalInteger("minutes", DefaultMinutes, 1, MaxMinutes));
    }

    private static (ModerationAct Act, string Example) RowOf(string action) => action switch
    {
        Actions.Disconnect => (ModerationAct.Disconnect, Actions.DisconnectExample),
        Actions.Ban => (ModerationAct.Ban, Actions.BanExample),
        Actions.Unban => (ModerationAct.Unban, Actions.UnbanExample),
        _ => throw new InvalidOperationException($"The function {RouteFunction.Moderate} has no route {Quote.Of(action)}."),
    };
}
