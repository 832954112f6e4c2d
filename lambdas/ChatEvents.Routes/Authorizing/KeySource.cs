using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace ChatEvents.Routes.Authorizing;

/// <summary>Where the keys come from that tokens are checked with.</summary>
internal static class KeySource
{
    /// <returns>Fetches the keys, or throws <see cref="CannotAuthorizeException"/>.</returns>
    public static Func<CancellationToken, Task<IReadOnlyList<SecurityKey>>> Of(AuthSettings settings, RouteClients clients, TimeProvider time) =>
        settings switch
        {
            { Secret: { } secret } => answering => ReadAsync(secret, KeyOf, clients, answering),
            { PublicKey: { } pem } => answering => ReadAsync(pem, text => PemKeys.Read(text, "AUTH_PUBLIC_KEY"), clients, answering),
            _ => new Issuer(settings.Issuer!, time).FetchKeysAsync,
        };

    private static async Task<IReadOnlyList<SecurityKey>> ReadAsync(
        string setting, Func<string, IReadOnlyList<SecurityKey>> read, RouteClients clients, CancellationToken answering)
    {
        if (!StoredText.IsArn(setting)) return read(setting);
        var text = await StoredText.ReadAsync(setting, clients, answering);
        try
        {
            return read(text);
        }
        catch (InvalidSettingException wrong)
        {
            throw new CannotAuthorizeException($"What {setting} holds is no key: {wrong.Message}", wrong);
        }
    }

    private static IReadOnlyList<SecurityKey> KeyOf(string secret)
    {
        AuthSettings.RequireLongEnough(secret);
        return [new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret))];
    }
}
