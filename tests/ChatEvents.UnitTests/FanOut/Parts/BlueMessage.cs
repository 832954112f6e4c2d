using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.UnitTests.FanOut.Parts;

internal static class BlueMessage
{
    /// <summary>A message to the room blue that is rendered already.</summary>
    public static RoomMessage Of(string id, string text = "hello") => new(
        new() { MessageId = id, ConnectionId = "a=", Room = "blue", Message = text, PostedAt = DateTimeOffset.UnixEpoch },
        new RenderedMessage(id, text));
}
