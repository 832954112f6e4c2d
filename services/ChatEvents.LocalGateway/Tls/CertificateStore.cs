using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Tls;

/// <summary>
/// The certificate of the gateway: the configured one, or one made on first use for the names of this machine and kept for the user. It
/// signs nothing but itself, so trusting it trusts this gateway only.
/// </summary>
internal sealed class CertificateStore(TlsOptions options, IReadOnlyCollection<string> names, ILogger log)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private X509Certificate2? _certificate;
    private SslStreamCertificateContext? _context;

    public SslStreamCertificateContext Context
    {
        get
        {
            lock (_gate)
                return _context ??= SslStreamCertificateContext.Create(Load(), additionalCertificates: null, offline: true);
        }
    }

    public string Folder => options.Folder ?? Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "chatevents-gateway");

    private string KeptFile => Path.Combine(Folder, "gateway.pem");

    /// <summary>The certificate as PEM text, without its key.</summary>
    public string ExportPem()
    {
        lock (_gate)
            return Load().ExportCertificatePem() + "\n";
    }

    private X509Certificate2 Load() => _certificate ??= options.Certificate is { } file
        ? X509Certificate2.CreateFromPemFile(file, options.Key)
        : FindKept() ?? Create();

    /// <summary>Null if there is none, or it expires soon or is for other names.</summary>
    private X509Certificate2? FindKept()
    {
        try
        {
            if (!File.Exists(KeptFile))
                return null;
            var kept = X509Certificate2.CreateFromPemFile(KeptFile);
            var isFresh = kept.NotAfter.ToUniversalTime() - RenewBefore > Now.UtcDateTime;
            return isFresh && names.All(IsCovered) ? kept : null;

            bool IsCovered(string name) => kept.MatchesHostname(name.Replace("*", "any", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The system's time also in tests: clients compare with it.</summary>
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ChatEvents local gateway", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var made = request.CreateSelfSigned(Now.AddDays(-1), Now + Lifetime);
        return IsKept(made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n") ? made : FindKept() ?? made;
    }

    /// <summary>False if another gateway has made one meanwhile, which both have to use then.</summary>
    private bool IsKept(string pem)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            File.Delete(KeptFile); // one that is not good any more
            var written = Path.Combine(Folder, $"{Guid.NewGuid():N}.tmp");
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new StreamWriter(written, create))
                file.Write(pem);
            try
            {
                File.Move(written, KeptFile, overwrite: false);
            }
            catch (IOException) when (File.Exists(KeptFile))
            {
                File.Delete(written);
                return false;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.CertificateNotKept(Folder, e.Message);
        }

        return true;
    }
}
