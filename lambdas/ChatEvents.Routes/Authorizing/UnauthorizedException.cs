namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// A client may not connect: API Gateway answers 401 when the function fails with exactly this message. The reason is for the log only.
/// </summary>
internal sealed class UnauthorizedException(string reason) : Exception("Unauthorized")
{
    /// <summary>A sentence about the token, without anything that it holds.</summary>
    public string Reason => reason;

    // It is an answer, not a mistake of ours: under an attack, traces would fill the log.
    public override string? StackTrace => null;

    public override string ToString() => Message;
}
