namespace ChatEvents.Deploy.Configuration;

/// <summary>Who may connect; docs/auth.md has an example for Cognito and one for any OpenID Connect provider.</summary>
public sealed record AuthConfig
{
    /// <summary>Default <see cref="AuthMode.None"/>: everybody, as in the tutorial, and no authorizer.</summary>
    public AuthMode Mode { get; init; }

    /// <summary>
    /// The <c>iss</c> of tokens, exactly as they have it, mostly an https URL. Without <see cref="PublicKey"/> and <see cref="Secret"/>, its
    /// keys are found there by OpenID Connect discovery. Default none.
    /// </summary>
    public string? Issuer { get; init; }

    /// <summary>The <c>aud</c> of tokens, of which one is enough. Required with a mode other than <see cref="AuthMode.None"/>.</summary>
    public IReadOnlyList<string> Audience { get; init; } = [];

    /// <summary>ARN of the SSM parameter, or of the secret in Secrets Manager, that holds public keys as PEM. Default none.</summary>
    public string? PublicKey { get; init; }

    /// <summary>
    /// ARN of the SSM parameter or the secret that holds a secret of at least 32 bytes, for tokens signed by HS256. Default none; a public
    /// key is better, because somebody who reads it cannot make tokens.
    /// </summary>
    public string? Secret { get; init; }

    /// <summary>Whether guests, and users whose token names no rooms, may use all rooms, or none. Default true.</summary>
    public bool OpenRooms { get; init; } = true;

    /// <summary>
    /// The page as an application of <see cref="Issuer"/>, one without a secret. Default none: people need a token from elsewhere. For
    /// <see cref="ChatConfig.Site"/> only.
    /// </summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// Where the issuer's token endpoint is, if that is not the host of <see cref="Issuer"/>, such as
    /// <c>https://chat.auth.eu-central-1.amazoncognito.com</c>: the page may call nothing else. Default none.
    /// </summary>
    public IReadOnlyList<string> SignInOrigins { get; init; } = [];

    public bool HasAuthorizer => Mode != AuthMode.None;

    /// <summary>The ARNs of what the authorizer reads.</summary>
    public IReadOnlyList<string> Stored => [.. new[] { PublicKey, Secret }.OfType<string>()];
}

/// <summary>Whether a client needs a token to connect.</summary>
public enum AuthMode
{
    /// <summary>Nobody has a token.</summary>
    None,

    /// <summary>Without a token one is a guest.</summary>
    Optional,

    Required,
}
