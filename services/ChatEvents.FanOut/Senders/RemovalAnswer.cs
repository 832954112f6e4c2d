using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rendering;

namespace ChatEvents.FanOut.Senders;

/// <summary>What the client hears that asked to have a message removed, in each dialect.</summary>
public sealed record RemovalAnswer(string Plain, string Json)
{
    public static RemovalAnswer Done(MessageRemoved asked) => new(
        string.Create(CultureInfo.InvariantCulture, $$"""{"removed":"{{JsonText.Escape(asked.Room)}}","seq":{{asked.Seq}}}"""),
        JsonFrame.OfRemovalDone(asked));

    public static RemovalAnswer NotFound(MessageRemoved asked) =>
        Of(asked, new(ErrorCode.NotFound, $"There is no message {asked.Seq} in room {Quote.Of(asked.Room)}."));

    public static RemovalAnswer Forbidden(MessageRemoved asked) =>
        Of(asked, new(ErrorCode.Forbidden, $"Message {asked.Seq} is not yours; only its sender and moderators can remove it."));

    private static RemovalAnswer Of(MessageRemoved asked, ErrorFrame error)
    {
        error = error with { FrameId = asked.FrameId, RequestId = asked.RequestId };
        return new(error.In(Dialect.Plain), error.In(Dialect.Json));
    }
}
