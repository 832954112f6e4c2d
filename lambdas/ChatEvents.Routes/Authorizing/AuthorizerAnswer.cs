namespace ChatEvents.Routes.Authorizing;

/// <summary>Lets a client in or denies it the route (403), and says who it is, in every later event of the connection.</summary>
/// <param name="PrincipalId">Who connects: the user id, or the name of a guest.</param>
/// <param name="IsAllowed">Whether the policy is an Allow.</param>
/// <param name="Resource">The ARN that was asked about.</param>
/// <param name="Context">What the connection's events carry; see <see cref="CallerContext"/>.</param>
internal sealed record AuthorizerAnswer(
    string PrincipalId, bool IsAllowed, string Resource, IReadOnlyList<KeyValuePair<string, string>> Context)
{
    /// <summary>API Gateway takes no larger answer, in bytes of its JSON.</summary>
    public const int MaxBytes = 8 * 1024;
}
