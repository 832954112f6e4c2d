using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>The client sent an invalid frame. The message, one sentence, and the example are sent to the client.</summary>
/// <param name="sentence">What is wrong.</param>
/// <param name="expected">JSON of a correct frame or value; null where the sentence says it all.</param>
/// <param name="code">One of <see cref="ErrorCode"/>.</param>
/// <param name="statusCode">An HTTP status, for access logs and metrics.</param>
internal sealed class BadFrameException(
    string sentence, string? expected = null, string code = ErrorCode.BadFrame, int statusCode = 400) : Exception(sentence)
{
    public int StatusCode => statusCode;

    public string? Expected => expected;

    /// <summary>What the JSON dialect expects, where that differs from what the plain one does.</summary>
    public string? JsonExpected { get; init; }

    public RouteAnswer Answer => RouteAnswer.Error(statusCode, code, Message, Expected, JsonExpected);

    /// <summary>The frame is valid, but its sender sends too many of them.</summary>
    public static BadFrameException TooOften(string sentence) => new(sentence, expected: null, ErrorCode.RateLimited, statusCode: 429);

    /// <summary>The frame is valid, but its sender may not do that.</summary>
    public static BadFrameException Forbidden(string sentence) => new(sentence, expected: null, ErrorCode.Forbidden, statusCode: 403);
}
