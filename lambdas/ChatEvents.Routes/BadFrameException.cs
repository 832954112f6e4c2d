namespace ChatEvents.Routes;

/// <summary>The client sent something that is no good. The message, one sentence, and the example are for its author to read.</summary>
/// <param name="sentence">What is wrong.</param>
/// <param name="expected">JSON of what would have been right; null where the sentence says it all.</param>
internal sealed class BadFrameException(string sentence, string? expected = null) : Exception(sentence)
{
    public string? Expected => expected;
}
