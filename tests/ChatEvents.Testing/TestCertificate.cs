using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ChatEvents.Testing;

/// <summary>What a gateway on this machine shows in the handshake of TLS.</summary>
public static class TestCertificate
{
    public static X509Certificate2 SelfSigned(string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256); // made in no time, which RSA's are not
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, until ?? new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    /// <summary>Trusts this certificate, and no other.</summary>
    public static X509ChainPolicy TrustIn(X509Certificate2 certificate)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(certificate);
        return trust;
    }
}
