using Amazon.Lambda.Core;
using ChatEvents.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ChatEvents.Routes.Authorizing;

/// <summary>Checks tokens: signature, algorithm, issuer, audience and time by Microsoft's handler, and then the claims that are ours.</summary>
internal sealed class TokenCheck
{
    /// <summary>How far the issuer's clock may be from ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private static readonly string[] PublicKeyAlgorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly string[] SecretAlgorithms = [SecurityAlgorithms.HmacSha256];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = HandshakeToken.MaxLength };
    private readonly SigningKeys _keys;
    private readonly RoomRights _otherwise;
    private readonly TokenValidationParameters _rules;

    public TokenCheck(AuthSettings settings, SigningKeys keys, TimeProvider time)
    {
        _keys = keys;
        _otherwise = settings.OpenRooms ? RoomRights.All : RoomRights.None;
        _rules = new TokenValidationParameters
        {
            ValidAlgorithms = settings.Secret is null ? PublicKeyAlgorithms : SecretAlgorithms,
            ValidateIssuer = settings.Issuer is not null,
            ValidIssuer = settings.Issuer,
            ValidAudiences = settings.Audiences,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires, time.GetUtcNow().UtcDateTime),

            // Free checks come first: only a token that is otherwise valid may make us ask the issuer for new keys.
            ValidateSignatureLast = true,

            // The provider cache would keep a thread, and another one for each key; an environment checks one token at a time.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
    }

    /// <exception cref="UnauthorizedException">The token is not right.</exception>
    /// <exception cref="CannotAuthorizeException">Nobody knows whether it is.</exception>
    public async Task<TokenUser> CheckAsync(string token, ILambdaLogger log, CancellationToken answering)
    {
        RequirePlain(token);
        var result = await ValidateAsync(token, await _keys.GetAsync(log, answering));
        if (IsAboutKey(result.Exception) && await _keys.FetchAgainAsync(answering))
        {
            result = await ValidateAsync(token, await _keys.GetAsync(log, answering));
        }

        if (!result.IsValid || result.SecurityToken is not JsonWebToken valid) throw new UnauthorizedException(ReasonOf(result.Exception));
        return TokenUser.Read(
            Base64UrlEncoder.DecodeBytes(valid.EncodedPayload), new DateTimeOffset(valid.ValidTo, TimeSpan.Zero), _otherwise);
    }

    /// <summary>
    /// The handler would also decrypt encrypted tokens, and it ignores extensions that RFC 7515 does not allow to be ignored. No keys are
    /// needed to refuse an algorithm that is not allowed.
    /// </summary>
    private void RequirePlain(string token)
    {
        if (token.Count(c => c == '.') != 2) throw new UnauthorizedException("the token is none, or encrypted");
        JsonWebToken read;
        try
        {
            read = _handler.ReadJsonWebToken(token);
        }
        catch (Exception broken) when (broken is ArgumentException or SecurityTokenException)
        {
            throw new UnauthorizedException("the token is none");
        }

        if (!_rules.ValidAlgorithms.Contains(read.Alg)) throw new UnauthorizedException("the token's algorithm is not allowed");
        if (read.TryGetHeaderValue<object>("crit", out _)) throw new UnauthorizedException("the token needs extensions that are not known here");
    }

    private async Task<TokenValidationResult> ValidateAsync(string token, IReadOnlyList<SecurityKey> keys)
    {
        var rules = _rules.Clone();
        rules.IssuerSigningKeys = keys;
        return await _handler.ValidateTokenAsync(token, rules);
    }

    /// <summary>The handler would look at the clock of the machine; the rules are its own.</summary>
    private static bool IsNow(DateTime? notBefore, DateTime? expires, DateTime now)
    {
        if (expires is null) throw new SecurityTokenNoExpirationException();
        if (notBefore > now + Skew) throw new SecurityTokenNotYetValidException();
        return expires > now - Skew ? true : throw new SecurityTokenExpiredException();
    }

    private static bool IsAboutKey(Exception? failure) =>
        failure is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException;

    /// <summary>For the log: never the handler's own message, which may quote the token.</summary>
    private static string ReasonOf(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException => "the token has expired",
        SecurityTokenNotYetValidException => "the token is not valid yet",
        SecurityTokenNoExpirationException => "the token has no exp",
        SecurityTokenInvalidAudienceException => "the token is for another audience",
        SecurityTokenInvalidIssuerException => "the token is from another issuer",
        SecurityTokenSignatureKeyNotFoundException => "the token is signed with a key that its issuer does not publish",
        SecurityTokenInvalidSignatureException => "the token's signature is wrong",
        _ => "the token is wrong",
    };
}
