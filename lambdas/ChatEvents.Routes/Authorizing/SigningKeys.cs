using Amazon.Lambda.Core;
using Microsoft.IdentityModel.Tokens;

namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// The keys that tokens are checked with, kept for the life of the environment. They are fetched again when they are old, and when a token
/// names a key that is not among them, which is how a rotation shows.
/// </summary>
/// <param name="fetch">Throws <see cref="CannotAuthorizeException"/>.</param>
/// <param name="time">Measures the age of the keys.</param>
internal sealed class SigningKeys(Func<CancellationToken, Task<IReadOnlyList<SecurityKey>>> fetch, TimeProvider time)
{
    /// <summary>A key that its issuer has withdrawn counts no longer than this. Arbitrary.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    /// <summary>How long keys are used that cannot be fetched again. Arbitrary: an issuer's outage should not be the chat's.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    /// <summary>Tokens with unknown keys must not cause a flood of requests to the issuer.</summary>
    private static readonly TimeSpan PauseWithKeys = TimeSpan.FromMinutes(1);

    /// <summary>Without keys nobody can connect, so the pause is short; it keeps a slow issuer from holding every environment.</summary>
    private static readonly TimeSpan PauseWithoutKeys = TimeSpan.FromSeconds(5);

    private IReadOnlyList<SecurityKey>? _keys;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _askedAt;
    private CannotAuthorizeException? _failure;

    private bool MayAsk => time.GetUtcNow() - _askedAt >= (_keys is null ? PauseWithoutKeys : PauseWithKeys);

    /// <exception cref="CannotAuthorizeException">There are none, or none that may still be used.</exception>
    public async ValueTask<IReadOnlyList<SecurityKey>> GetAsync(ILambdaLogger log, CancellationToken answering)
    {
        if (_keys is not null && time.GetUtcNow() - _fetchedAt < FreshFor) return _keys;
        var isNew = _failure is null;
        try
        {
            await AskAsync(answering);
        }
        catch (CannotAuthorizeException failure) when (_keys is not null && time.GetUtcNow() - _fetchedAt < KeptFor)
        {
            if (isNew) log.LogWarning($"Keys from {_fetchedAt:u} are used on: {failure.Message}");
        }

        return _keys!;
    }

    /// <summary>Fetches the keys again, for a token whose key is not among them.</summary>
    /// <returns>False when that was done a moment ago.</returns>
    /// <exception cref="CannotAuthorizeException">They cannot be fetched, so nobody knows whether the token is right.</exception>
    public async ValueTask<bool> FetchAgainAsync(CancellationToken answering)
    {
        if (!MayAsk && _failure is null) return false;
        await AskAsync(answering);
        return true;
    }

    private async Task AskAsync(CancellationToken answering)
    {
        if (_failure is not null && !MayAsk) throw _failure;
        _askedAt = time.GetUtcNow();
        try
        {
            _keys = await fetch(answering);
            _fetchedAt = _askedAt;
            _failure = null;
        }
        catch (CannotAuthorizeException failure)
        {
            _failure = failure;
            throw;
        }
    }
}
