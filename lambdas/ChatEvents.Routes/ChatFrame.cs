using System.Text;

namespace ChatEvents.Routes;

/// <summary>The frame of an <c>onMessage</c>: <c>{"action":"onMessage","message":"...","room":"blue"}</c>, the room by choice.</summary>
internal sealed record ChatFrame(string Message, string Room)
{
    /// <exception cref="BadFrameException">The frame is no chat message.</exception>
    public static ChatFrame Read(string? body, int maxMessageBytes)
    {
        using var json = FrameJson.Parse(body);
        var message = json.RequiredText("message");

        // Blanks are a message; what they mean is between the people of the room.
        if (message.Length == 0)
        {
            throw new BadFrameException("The message is empty.", Actions.ExampleFrame);
        }

        if (Encoding.UTF8.GetByteCount(message) is var bytes && bytes > maxMessageBytes)
        {
            throw new BadFrameException(
                $"The message has {bytes} bytes of UTF-8, but at most {maxMessageBytes} are accepted.");
        }

        var room = json.OptionalText("room") ?? Contracts.Room.Everyone;
        if (!Contracts.Room.IsName(room))
        {
            throw new BadFrameException(
                $"{Quote.Of(room)} is not the name of a room.",
                $"\"1 to {Contracts.Room.MaxNameLength} of the letters a-z and A-Z, digits, '-', '_' and '.'\"");
        }

        return new ChatFrame(message, room);
    }
}
