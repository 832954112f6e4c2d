using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Rendering;

/// <summary>What clients hear of a message, in each dialect.</summary>
public sealed class MessageFrames(MessageTemplate template)
{
    /// <summary>
    /// Bytes of a character when it is escaped, at most; characters of ids and names, generously; and bytes of the rest of a frame, such as
    /// the template's own.
    /// </summary>
    private const int MaxBytesPerCharacter = 6, NameCharacters = 1_024, FrameBytes = 16_384;

    /// <param name="posted">The message.</param>
    /// <param name="position">Where it stands in the room's log.</param>
    /// <param name="isRemoved">Whether only its number is left.</param>
    /// <param name="dialect">Of the client.</param>
    /// <returns>Null if clients of this dialect hear nothing of it.</returns>
    public RenderedMessage? Render(MessagePosted posted, string position, bool isRemoved, Dialect dialect)
    {
        // The notice of a removal has the place of its message.
        RecentMessages.TryReadPosition(RecentMessages.IsRemoval(position) ? RecentMessages.MessageOf(position) : position, out var epoch, out var seq);
        return (dialect, isRemoved) switch
        {
            (Dialect.Plain, true) => null,
            (Dialect.Plain, false) => new RenderedMessage(posted.MessageId, template.Render(posted, seq)),
            (_, true) => new RenderedMessage(posted.MessageId, JsonFrame.OfRemoval(posted.Room, seq)),
            (_, false) => new RenderedMessage(posted.MessageId, JsonFrame.OfMessage(posted, epoch, seq)),
        };
    }

    /// <summary>
    /// The bytes of the message as clients of the plain dialect would hear it, if they are too many to be posted; else null. Clients of the JSON
    /// dialect, whose frame has more around the text, hear of a message without its text where only that does not fit.
    /// </summary>
    public int? FindTooLarge(MessagePosted posted)
    {
        var characters = (long)posted.Message.Length + (posted.Data?.Length ?? 0) + NameCharacters;
        if ((characters * MaxBytesPerCharacter * template.Placeholders) + FrameBytes <= Limits.MaxGatewayMessageBytes) return null;
        return RenderedMessage.SizeOf(template.Render(posted, RecentMessages.MaxSeq)) is var bytes and > Limits.MaxGatewayMessageBytes ? bytes : null;
    }
}
