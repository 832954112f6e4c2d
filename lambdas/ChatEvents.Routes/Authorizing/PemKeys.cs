using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;

namespace ChatEvents.Routes.Authorizing;

/// <summary>Public keys as PEM: one or more blocks, so that a new key can be added before the old one goes.</summary>
internal static class PemKeys
{
    /// <summary>What the handler of tokens demands; a shorter key can be broken.</summary>
    private const int MinRsaBits = 2048;

    /// <param name="text">The blocks; a line break may be written as <c>\n</c>, as variables often have it.</param>
    /// <param name="setting">Where the text comes from, for the exception.</param>
    /// <exception cref="InvalidSettingException">It is no public key.</exception>
    public static IReadOnlyList<SecurityKey> Read(string text, string setting)
    {
        text = text.Replace("\\n", "\n", StringComparison.Ordinal);
        var keys = new List<SecurityKey>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
        {
            keys.Add(KeyIn(rest[block.Location].ToString(), rest[block.Label].ToString(), setting));
        }

        return keys.Count > 0 ? keys : throw new InvalidSettingException($"{setting} must be public keys as PEM, but has no PEM block.");
    }

    private static SecurityKey KeyIn(string pem, string label, string setting)
    {
        if (label.Contains("PRIVATE", StringComparison.Ordinal))
        {
            throw new InvalidSettingException($"{setting} is a private key; only its public part belongs here.");
        }

        try
        {
            using var certificate = label == "CERTIFICATE" ? X509Certificate2.CreateFromPem(pem) : null;
            return RsaIn(pem, certificate) is { } rsa
                ? LongEnough(new RsaSecurityKey(rsa), setting)
                : new ECDsaSecurityKey(certificate?.GetECDsaPublicKey() ?? EllipticCurveIn(pem));
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentException)
        {
            throw new InvalidSettingException($"{setting} must be RSA or elliptic curve public keys as PEM, but its {label} is neither.");
        }
    }

    private static RSA? RsaIn(string pem, X509Certificate2? certificate)
    {
        if (certificate is not null) return certificate.GetRSAPublicKey();
        try
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static ECDsa EllipticCurveIn(string pem)
    {
        var curve = ECDsa.Create();
        curve.ImportFromPem(pem);
        return curve;
    }

    private static RsaSecurityKey LongEnough(RsaSecurityKey key, string setting) => key.KeySize >= MinRsaBits
        ? key
        : throw new InvalidSettingException($"{setting} must be an RSA key of at least {MinRsaBits} bits, but has {key.KeySize}.");
}
