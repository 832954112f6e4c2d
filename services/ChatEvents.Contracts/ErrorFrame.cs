using System.Globalization;
using System.Text;

namespace ChatEvents.Contracts;

/// <summary>An error that a worker tells a client, in either dialect; what it is about is null where it is about nothing such.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>; the plain dialect has none.</param>
/// <param name="Sentence">For a person.</param>
public sealed record ErrorFrame(string Code, string Sentence)
{
    /// <summary>The client's <c>id</c> of the frame that is answered; for the JSON dialect only.</summary>
    public string? FrameId { get; init; }

    public string? MessageId { get; init; }

    public string? RequestId { get; init; }

    /// <summary>When it is worth to try again; for the JSON dialect only.</summary>
    public int? RetryAfterSeconds { get; init; }

    public string In(Dialect dialect) => dialect == Dialect.Json ? Json() : Plain();

    private string Plain()
    {
        var json = new StringBuilder("{");
        Add(json, "error", Sentence);
        Add(json, "messageId", MessageId);
        Add(json, "requestId", RequestId);
        return json.Append('}').ToString();
    }

    private string Json()
    {
        var json = new StringBuilder("{\"type\":\"error\"");
        Add(json, "id", FrameId);
        Add(json, "code", Code);
        Add(json, "error", Sentence);
        Add(json, "messageId", MessageId);
        if (RetryAfterSeconds is { } seconds) json.Append(CultureInfo.InvariantCulture, $",\"retryAfter\":{seconds}");
        Add(json, "requestId", RequestId);
        return json.Append('}').ToString();
    }

    private static void Add(StringBuilder json, string member, string? text)
    {
        if (text is null) return;
        if (json.Length > 1) json.Append(',');
        json.Append('"').Append(member).Append("\":\"").Append(JsonText.Escape(text)).Append('"');
    }
}
