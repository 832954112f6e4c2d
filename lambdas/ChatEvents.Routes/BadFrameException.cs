namespace ChatEvents.Routes;

/// <summary>The client sent an invalid frame. The message, one sentence, and the example are sent to the client.</summary>
/// <param name="sentence">What is wrong.</param>
/// <param name="expected">JSON of a correct frame or value; null where the sentence says it all.</param>
/// <param name="statusCode">An HTTP status, for access logs and metrics.</param>
internal sealed class BadFrameException(string sentence, string? expected = null, int statusCode = 400) : Exception(sentence)
{
    public string? Expected => expected;

    public int StatusCode => statusCode;

    /// <summary>The frame is valid, but its sender sends too many of them.</summary>
    public static BadFrameException TooOften(string sentence) => new(sentence, expected: null, statusCode: 429);

    /// <summary>The frame is valid, but its sender may not do that.</summary>
    public static BadFrameException Forbidden(string sentence) => new(sentence, expected: null, statusCode: 403);
}
