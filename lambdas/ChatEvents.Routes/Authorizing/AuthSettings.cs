using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Authorizing;

/// <summary>What can be set for the function <c>authorize</c>, by environment variables. <c>docs/auth.md</c> has the steps.</summary>
public sealed record AuthSettings
{
    /// <summary><c>AUTH_MODE</c>: <c>optional</c> or <c>required</c>.</summary>
    public AuthMode Mode { get; init; } = AuthMode.Required;

    /// <summary>
    /// <c>AUTH_ISSUER</c>: the <c>iss</c> of tokens, character by character. Where no key is set, the issuer's keys are found by OpenID
    /// Connect discovery below this URL. Null when tokens need not name one.
    /// </summary>
    public string? Issuer { get; init; }

    /// <summary><c>AUTH_AUDIENCE</c>: the <c>aud</c> of tokens; several are separated by commas, and one of them is enough.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>
    /// <c>AUTH_PUBLIC_KEY</c>: public keys or certificates as PEM, RSA or elliptic curve, or the ARN of the SSM parameter or the secret
    /// that holds them.
    /// </summary>
    public string? PublicKey { get; init; }

    /// <summary>
    /// <c>AUTH_SECRET</c>: what tokens are signed with by HS256, at least <see cref="SecretToken.MinSecretBytes"/> bytes of UTF-8, or the ARN of the
    /// SSM parameter or the secret that holds it. Anybody who has it can make tokens: for a laptop and for tests.
    /// </summary>
    public string? Secret { get; init; }

    /// <summary><c>AUTH_OPEN_ROOMS</c>: whether somebody whose token names no rooms may use any, or none. Guests have no token.</summary>
    public bool OpenRooms { get; init; } = true;

    /// <summary><c>GUEST_KEY</c>: what the names of guests are made with; see <see cref="GuestId"/>.</summary>
    public string GuestKey { get; init; } = GuestId.DefaultKey;

    /// <summary><c>BANS_TABLE</c>: the table of bans; nobody is banned without.</summary>
    public string? BansTable { get; init; }

    /// <exception cref="InvalidSettingException">A variable is missing or makes no sense.</exception>
    public static AuthSettings FromEnvironment(Func<string, string?> variable)
    {
        var settings = new AuthSettings
        {
            Mode = Given("AUTH_MODE") switch
            {
                "optional" => AuthMode.Optional,
                "required" => AuthMode.Required,
                var mode => throw new InvalidSettingException($"AUTH_MODE must be optional or required, but is {Quote.Of(mode ?? "")}."),
            },
            Issuer = Given("AUTH_ISSUER"),
            Audiences = AudiencesIn(Given("AUTH_AUDIENCE")),
            PublicKey = Given("AUTH_PUBLIC_KEY"),
            Secret = Given("AUTH_SECRET"),
            OpenRooms = Given("AUTH_OPEN_ROOMS") switch
            {
                null or "true" => true,
                "false" => false,
                var open => throw new InvalidSettingException($"AUTH_OPEN_ROOMS must be true or false, but is {Quote.Of(open)}."),
            },
            BansTable = Given("BANS_TABLE"),
            GuestKey = Given("GUEST_KEY") ?? GuestId.DefaultKey,
        };
        settings.RequireOneKey();
        return settings;

        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    private static string[] AudiencesIn(string? value) =>
        value?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } audiences
            ? audiences
            : throw new InvalidSettingException("AUTH_AUDIENCE must be set: without it a token for any other application would do.");

    private void RequireOneKey()
    {
        switch (PublicKey, Secret)
        {
            case ({ }, { }):
                throw new InvalidSettingException("AUTH_PUBLIC_KEY and AUTH_SECRET exclude each other; set one of them.");
            case ({ } key, null) when !StoredText.IsArn(key):
                _ = PemKeys.Read(key, "AUTH_PUBLIC_KEY");
                break;
            case (null, { } secret) when !StoredText.IsArn(secret):
                RequireLongEnough(secret);
                break;
            case (null, null) when Issuer is null:
                throw new InvalidSettingException("AUTH_ISSUER, AUTH_PUBLIC_KEY or AUTH_SECRET must be set, to say whose tokens count.");
            case (null, null) when !IsIssuer(Issuer):
                throw new InvalidSettingException(
                    $"AUTH_ISSUER must be an https URL without query (http only on this machine), but is {Quote.Of(Issuer)}.");
        }
    }

    /// <exception cref="InvalidSettingException">The secret is too short.</exception>
    internal static void RequireLongEnough(string secret)
    {
        if (Encoding.UTF8.GetByteCount(secret) is var bytes and < SecretToken.MinSecretBytes)
        {
            throw new InvalidSettingException($"AUTH_SECRET must have at least {SecretToken.MinSecretBytes} bytes, but has {bytes}.");
        }
    }

    private static bool IsIssuer(string issuer) =>
        Uri.TryCreate(issuer, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && url is { Query: "", Fragment: "", UserInfo: "" };
}
