namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// A client may not connect: API Gateway answers 401 when the function fails with exactly this message. Why is for the log only.
/// </summary>
internal sealed class UnauthorizedException(string reason) : Exception("Unauthorized")
{
    /// <summary>A sentence about the token, without anything that it holds.</summary>
    public string Reason => reason;

    // It is an answer, not a mistake of ours: a trace would fill the log of whoever is attacked.
    public override string? StackTrace => null;

    public override string ToString() => Message;
}
