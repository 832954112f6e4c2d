using System.Globalization;
using System.Text;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Rendering;

/// <summary>Frames of the JSON dialect that the fan-out sends on its own; docs/protocol.md has them.</summary>
public static class JsonFrame
{
    /// <summary>A chat message. One that does not fit into a post has its number and sender, and no text, as in an answer to <c>history</c>.</summary>
    public static string OfMessage(MessagePosted posted, string epoch, long seq)
    {
        var json = new StringBuilder(posted.Message.Length + (posted.Data?.Length ?? 0) + 256);
        json.Append("{\"type\":\"message\",\"room\":\"").Append(JsonText.Escape(posted.Room));
        json.Append("\",\"epoch\":\"").Append(epoch);
        json.Append("\",\"seq\":").Append(seq);
        json.Append(",\"messageId\":\"").Append(JsonText.Escape(posted.MessageId));
        json.Append("\",\"from\":").Append(SenderOf(posted));
        json.Append(",\"at\":\"").Append(Timestamp.Of(posted.PostedAt)).Append('"');
        var head = json.Length;
        json.Append(",\"message\":\"").Append(JsonText.Escape(posted.Message)).Append('"');
        if (posted.Data is { } data) json.Append(",\"data\":").Append(data);
        var frame = json.Append('}').ToString();
        return RenderedMessage.SizeOf(frame) <= Limits.MaxGatewayMessageBytes ? frame : $"{frame.AsSpan(0, head)},\"tooLarge\":true}}";
    }

    /// <summary>What a room hears of a message that was removed.</summary>
    public static string OfRemoval(string room, long seq) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"type":"removed","room":"{{JsonText.Escape(room)}}","seq":{{seq}}}""");

    /// <summary>The answer to the client that had a message removed.</summary>
    public static string OfRemovalDone(MessageRemoved asked) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"type":"removed"{{Member("id", asked.FrameId)}},"room":"{{JsonText.Escape(asked.Room)}}","seq":{{asked.Seq}}}""");

    private static string SenderOf(MessagePosted posted)
    {
        var sender = posted switch
        {
            { Server: { } server } => Member("server", server),
            { User: { } user } => Member("user", user) + Member("name", posted.Name),
            _ => Member("guest", posted.Guest),
        };
        return $"{{{sender.TrimStart(',')}}}";
    }

    private static string Member(string name, string? text) => text is null ? "" : $",\"{name}\":\"{JsonText.Escape(text)}\"";
}
