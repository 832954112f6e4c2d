namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// Something that the decision needs cannot be had, such as the keys that tokens are checked with: API Gateway answers 500, because nobody
/// knows whether the client may connect. The message is one sentence, and all that the log says.
/// </summary>
/// <param name="problem">What is wrong, without an end.</param>
/// <param name="inner">Why.</param>
internal sealed class CannotAuthorizeException(string problem, Exception? inner = null)
    : Exception($"{problem.TrimEnd('.')}; until that is mended, {AuthorizeFunction.OutOfReach}.", inner)
{
    public override string? StackTrace => null;

    public override string ToString() => Message;
}
