using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ChatEvents.Bench;

/// <summary>
/// The certificate of a sink over TLS. A process that measures is told of it by the variable of OpenSSL, because .NET reads it at the start
/// and the candidates' clients shall stay as they are in production.
/// </summary>
internal static class SinkCertificate
{
    private static readonly string PemFile = Path.Combine(AppContext.BaseDirectory, "sink.pem");

    public static X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(PemFile, PemFile);

    /// <summary>This program again, in a process that trusts the sink.</summary>
    public static async Task<int> RunTrustingAsync(params string[] verb)
    {
        if (!File.Exists(PemFile))
            Create();
        using var process = Children.Start(new ProcessStartInfo(Environment.ProcessPath!, verb) { Environment = { ["SSL_CERT_FILE"] = PemFile } });
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static void Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        File.WriteAllText(PemFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
