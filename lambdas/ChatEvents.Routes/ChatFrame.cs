using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// The frame of an <c>onMessage</c>: <c>{"action":"onMessage","message":"...","room":"blue"}</c>, the room by choice, or with a user in its
/// place: <c>"to":"ada"</c>.
/// </summary>
/// <param name="Message">The text.</param>
/// <param name="Room">Where it goes; the room of the user whom it is for.</param>
/// <param name="To">The id of that user; null for a message to a room.</param>
internal sealed record ChatFrame(string Message, string Room, string? To)
{
    /// <param name="body">The text of the frame.</param>
    /// <param name="maxMessageBytes"><see cref="RouteSettings.MaxMessageBytes"/>.</param>
    /// <param name="hasUsers">Whether there is an authorizer. Without one, <c>to</c> is a member without meaning, and ignored.</param>
    /// <exception cref="BadFrameException">The frame is not a valid chat message.</exception>
    public static ChatFrame Read(string? body, int maxMessageBytes, bool hasUsers)
    {
        using var frame = Frame.Parse(body, Actions.OnMessageExample);
        var message = frame.RequiredText("message");

        // Blanks are a message; only the people in the room can say what they mean.
        if (message.Length == 0)
        {
            throw new BadFrameException("The message is empty.", Actions.OnMessageExample);
        }

        if (Encoding.UTF8.GetByteCount(message) is var bytes && bytes > maxMessageBytes)
        {
            throw new BadFrameException(
                $"The message has {bytes} bytes of UTF-8, but at most {maxMessageBytes} are accepted.");
        }

        if (!hasUsers || frame.OptionalText("to") is not { } user) return new ChatFrame(message, frame.RoomOrEveryone(), To: null);
        if (frame.OptionalText("room") is not null)
        {
            throw new BadFrameException("The message is for a room or to a user, not both.", Actions.DirectMessageExample);
        }

        return UserId.IsValid(user)
            ? new ChatFrame(message, UserId.RoomOf(user), user)
            : throw new BadFrameException($"{Quote.Of(user)} is not the id of a user.", Actions.DirectMessageExample);
    }
}
