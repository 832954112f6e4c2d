using System.Text.Json;

namespace ChatEvents.Load.Clients;

/// <summary>The dialect of wscat: messages have no numbers, nobody says that one was accepted, and what was missed is lost.</summary>
internal sealed class PlainTalk(TalkOf of) : ITalk
{
    public string? Subprotocol => null;

    public string Query => "";

    public string FrameOf(int number) => $$"""{"action":"onMessage","room":"{{of.Room}}","message":"{{of.TextOf(number)}}"}""";

    public void Lose(int number)
    {
        of.Refusals.Add("The connection broke while a message was sent.");
        of.Tally.Refuse(number);
    }

    public string? Hear(ReadOnlyMemory<byte> frame, long at)
    {
        if (of.NumberIn(frame.Span) is { } number)
        {
            of.Tally.Hear(of.Member, number, seq: null, at);
        }
        else if (ErrorIn(frame) is { } error)
        {
            of.Refusals.Add(error);
            of.Tally.RefuseOneOf(of.Member);
        }

        return null;
    }

    public IEnumerable<string> CatchUp() => [];

    /// <summary>The chat's own errors have <c>error</c>, those of API Gateway <c>message</c>.</summary>
    private static string? ErrorIn(ReadOnlyMemory<byte> frame)
    {
        if (!frame.Span.StartsWith("{"u8)) return null;
        try
        {
            using var json = JsonDocument.Parse(frame);
            return json.RootElement.Text("error") ?? json.RootElement.Text("message");
        }
        catch (JsonException)
        {
            return null; // somebody else's message in a template of the operator's
        }
    }
}
