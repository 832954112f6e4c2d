using ChatEvents.Contracts;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace ChatEvents.Routes.Authorizing;

/// <summary>An OpenID Connect provider, which publishes its keys: discovery document first, then the key set that it names.</summary>
internal sealed class Issuer(string name, TimeProvider time)
{
    /// <summary>Of both documents together. Providers answer in some 100 ms, and the client waits meanwhile.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Of one document. Real ones have some 3 KB; a larger one is a mistake, or an attack on the memory of the function.</summary>
    private const int MaxDocumentBytes = 256 * 1024;

    // A redirect could lead to an address of the provider's choice, such as one inside of AWS.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        MaxResponseContentBufferSize = MaxDocumentBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <exception cref="CannotAuthorizeException">The provider does not answer in time, or not with its keys.</exception>
    public async Task<IReadOnlyList<SecurityKey>> FetchKeysAsync(CancellationToken answering)
    {
        using var timeLimit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(answering, timeLimit.Token);
        var address = $"{name.TrimEnd('/')}/.well-known/openid-configuration";
        OpenIdConnectConfiguration found;
        try
        {
            found = await OpenIdConnectConfigurationRetriever.GetAsync(address, new Documents(new Uri(name).Scheme), either.Token);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            throw Unavailable($"does not answer within {TimeLimit.TotalSeconds:0} s");
        }
        catch (Exception failure)
        {
            // The library wraps what went wrong in its own types, down to plain Exception; the innermost says it.
            throw Unavailable($"cannot be reached: {failure.GetBaseException().Message}", failure);
        }

        if (found.Issuer != name) throw Unavailable($"calls itself {Quote.Of(found.Issuer ?? "")}, and AUTH_ISSUER must be the same");
        var keys = found.SigningKeys.Where(IsPublic).ToList();
        return keys.Count > 0 ? keys : throw Unavailable("publishes no keys that signatures are checked with");
    }

    /// <summary>A provider has no reason to publish a secret; were one there, anybody could sign with it.</summary>
    private static bool IsPublic(SecurityKey key) =>
        key is AsymmetricSecurityKey or JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve };

    private CannotAuthorizeException Unavailable(string why, Exception? cause = null) =>
        new($"The issuer {name} {why}", cause);

    /// <summary>In place of the library's own, which does not end when it is cancelled.</summary>
    /// <param name="scheme">Of all addresses: keys that came over plain http could be anybody's.</param>
    private sealed class Documents(string scheme) : IDocumentRetriever
    {
        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel) =>
            Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == scheme
                ? await Http.GetStringAsync(url, cancel)
                : throw new IOException($"{Quote.Of(address)} is no {scheme} URL.");
    }
}
