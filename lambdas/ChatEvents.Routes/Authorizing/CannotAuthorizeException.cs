namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// Something that the decision needs is not available, such as the keys for checking tokens. API Gateway answers 500, because it is not
/// known whether the client may connect. The message is one sentence, and nothing else is logged.
/// </summary>
/// <param name="problem">What is wrong, without an end.</param>
/// <param name="inner">Why.</param>
internal sealed class CannotAuthorizeException(string problem, Exception? inner = null)
    : Exception($"{problem.TrimEnd('.')}; until that is mended, {AuthorizeFunction.OutOfReach}.", inner)
{
    public override string? StackTrace => null;

    public override string ToString() => Message;
}
