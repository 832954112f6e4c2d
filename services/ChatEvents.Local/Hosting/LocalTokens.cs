using System.Security.Cryptography;
using ChatEvents.Contracts;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.Local.Hosting;

/// <summary>
/// The authorizer's settings on this machine: those of the environment, such as <c>AUTH_ISSUER</c>, or else a secret that is made at the
/// start, with which this program, and the operator's tool, make tokens.
/// </summary>
internal sealed class LocalTokens
{
    /// <summary>Long enough for a day's work; a connection ends after two hours anyhow.</summary>
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(8);

    private readonly TimeProvider _time;
    private readonly string? _secret;

    private LocalTokens(AuthSettings settings, TimeProvider time)
    {
        (Settings, _time) = (settings, time);
        _secret = settings.Secret is { } secret && !secret.StartsWith("arn:", StringComparison.Ordinal) ? secret : null;
    }

    public AuthSettings Settings { get; }

    /// <summary>What another program needs to make tokens too; empty where only an issuer can.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var variables = new Dictionary<string, string>();
            if (_secret is null) return variables;
            variables["AUTH_SECRET"] = _secret;
            variables["AUTH_AUDIENCE"] = Settings.Audiences[0];
            if (Settings.Issuer is { } issuer) variables["AUTH_ISSUER"] = issuer;
            return variables;
        }
    }

    /// <param name="mode"><c>optional</c> or <c>required</c>.</param>
    /// <param name="authorizer">As deployed.</param>
    /// <param name="time">The clock of tokens.</param>
    /// <exception cref="Routes.InvalidSettingException">A variable makes no sense.</exception>
    public static LocalTokens Create(string mode, FunctionOptions authorizer, TimeProvider time)
    {
        var hasKey = LocalSettings.Variable("AUTH_ISSUER") is not null
            || LocalSettings.Variable("AUTH_PUBLIC_KEY") is not null
            || LocalSettings.Variable("AUTH_SECRET") is not null;
        var secret = hasKey ? null : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretToken.MinSecretBytes));
        return new LocalTokens(
            AuthSettings.FromEnvironment(name => name switch
            {
                "AUTH_MODE" => mode,
                "AUTH_SECRET" => secret ?? LocalSettings.Variable(name),
                "AUTH_AUDIENCE" => LocalSettings.Variable(name) ?? SecretToken.LocalAudience,
                "AUTH_ISSUER" or "AUTH_PUBLIC_KEY" => LocalSettings.Variable(name),
                _ => LocalSettings.Deployed(authorizer, name),
            }),
            time);
    }

    /// <summary>A token for a user; null where only an issuer can make one.</summary>
    public string? Make(string user, string name, string? role = null)
    {
        if (_secret is null) return null;
        var now = _time.GetUtcNow();
        return new SecretToken
        {
            User = user,
            Name = name,
            Role = role,
            Audience = Settings.Audiences[0],
            Issuer = Settings.Issuer,
            IssuedAt = now,
            ExpiresAt = now + TokenLife,
        }.Sign(_secret);
    }
}
