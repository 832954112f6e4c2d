namespace ChatEvents.Routes;

/// <summary>The client sent an invalid frame. The message, one sentence, and the example are sent to the client.</summary>
/// <param name="sentence">What is wrong.</param>
/// <param name="expected">JSON of a correct frame or value; null where the sentence says it all.</param>
internal sealed class BadFrameException(string sentence, string? expected = null) : Exception(sentence)
{
    public string? Expected => expected;
}
