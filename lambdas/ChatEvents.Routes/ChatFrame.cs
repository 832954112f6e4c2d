using System.Text;

namespace ChatEvents.Routes;

/// <summary>The frame of an <c>onMessage</c>: <c>{"action":"onMessage","message":"...","room":"blue"}</c>; the room is optional.</summary>
internal sealed record ChatFrame(string Message, string Room)
{
    /// <exception cref="BadFrameException">The frame is not a valid chat message.</exception>
    public static ChatFrame Read(string? body, int maxMessageBytes)
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

        return new ChatFrame(message, frame.RoomOrEveryone());
    }
}
