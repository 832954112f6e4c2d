namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// Finds the token of a handshake: in the header <c>Authorization</c>, else in a sub-protocol <c>bearer.TOKEN</c>, which is all that a
/// browser can set, else in the query parameter <c>access_token</c>, which is the last resort, because URLs get logged.
/// </summary>
internal static class HandshakeToken
{
    /// <summary>In characters. Tokens that name a user and some rooms have about a thousand.</summary>
    public const int MaxLength = 6 * 1024;

    public const string SubprotocolPrefix = "bearer.";

    private const string Scheme = "Bearer";

    /// <returns>Null when there is none.</returns>
    /// <exception cref="UnauthorizedException">It is not a token, or there are several, and which one counts must not be left to chance.</exception>
    public static string? FindIn(AuthorizerRequest request)
    {
        var found = Bearers(request.Authorization);
        if (found.Count == 0) found = InSubprotocols(request.Subprotocols);
        if (found.Count == 0) found = [.. request.AccessTokens];
        return found switch
        {
            [] => null,
            [""] => throw new UnauthorizedException("the token is empty"),
            [{ Length: > MaxLength } token] => throw new UnauthorizedException(
                $"the token has {token.Length} characters, but at most {MaxLength} are read"),
            [var token] => token,
            _ => throw new UnauthorizedException($"there are {found.Count} tokens in one place"),
        };
    }

    private static List<string> InSubprotocols(IReadOnlyList<string> offered) =>
    [
        .. from name in offered
           where name.StartsWith(SubprotocolPrefix, StringComparison.Ordinal)
           select name[SubprotocolPrefix.Length..],
    ];

    /// <summary>Other schemes are none of ours.</summary>
    private static List<string> Bearers(IReadOnlyList<string> headers) =>
    [
        .. from header in headers
           let value = header.Trim()
           where value.Equals(Scheme, StringComparison.OrdinalIgnoreCase)
               || value.StartsWith($"{Scheme} ", StringComparison.OrdinalIgnoreCase)
           select value[Scheme.Length..].Trim(),
    ];
}
