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
/// <param name="Data">The application's own part, as JSON text; null without, and in the plain dialect.</param>
internal sealed record ChatFrame(string Message, string Room, string? To, string? Data)
{
    /// <param name="frame">The frame.</param>
    /// <param name="data">Its <c>data</c>, if that means something in the client's dialect.</param>
    /// <param name="maxMessageBytes"><see cref="RouteSettings.MaxMessageBytes"/>.</param>
    /// <param name="hasUsers">Whether there is an authorizer. Without one, <c>to</c> is a member without meaning, and ignored.</param>
    /// <exception cref="BadFrameException">The frame is not a valid chat message.</exception>
    public static ChatFrame Read(Frame frame, string? data, int maxMessageBytes, bool hasUsers)
    {
        var message = frame.RequiredText("message");

        // Blanks are a message; only the people in the room can say what they mean.
        if (message.Length == 0)
        {
            throw new BadFrameException("The message is empty.", Actions.OnMessageExample);
        }

        RequireShort("message", message, maxMessageBytes);
        if (data is not null)
        {
            RequireShort("data", data, maxMessageBytes);
            if (!JsonText.IsValue(data)) throw new BadFrameException($"The JSON of the data is more than {JsonText.MaxDepth} levels deep.");
        }

        if (!hasUsers || frame.OptionalText("to") is not { } user) return new ChatFrame(message, frame.RoomOrEveryone(), To: null, data);
        if (frame.OptionalText("room") is not null)
        {
            throw new BadFrameException("The message is for a room or to a user, not both.", Actions.DirectMessageExample);
        }

        return UserId.IsValid(user)
            ? new ChatFrame(message, UserId.RoomOf(user), user, data)
            : throw new BadFrameException($"{Quote.Of(user)} is not the id of a user.", Actions.DirectMessageExample);
    }

    private static void RequireShort(string member, string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) is var bytes && bytes > maxBytes)
        {
            throw new BadFrameException(
                $"The {member} has {bytes} bytes of UTF-8, but at most {maxBytes} are accepted.", expected: null, ErrorCode.TooLarge);
        }
    }
}
