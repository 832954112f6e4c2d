namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// The keys that tokens are checked with cannot be had, so nobody knows whether a token is right: API Gateway answers 500. The message is
/// one sentence, and all that the log says.
/// </summary>
internal sealed class KeysUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    public override string? StackTrace => null;

    public override string ToString() => Message;
}
