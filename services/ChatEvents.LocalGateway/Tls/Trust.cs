namespace ChatEvents.LocalGateway.Tls;

/// <summary>The files and variables by which programs on this machine trust the gateway's certificate.</summary>
internal sealed class Trust
{
    private static readonly string[] SystemBundles =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

    private readonly string _folder;

    private Trust(CertificateStore certificates)
    {
        _folder = certificates.Folder;
        Directory.CreateDirectory(_folder);
        var pem = certificates.ExportPem();
        Certificate = Write("certificate.pem", pem);
        var bundle = Write("bundle.pem", Read(FindOwn("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") ?? SystemBundles.FirstOrDefault(File.Exists)) + pem);
        var node = FindOwn("NODE_EXTRA_CA_CERTS") is { } extra ? Write("node.pem", Read(extra) + pem) : Certificate;
        Variables = new Dictionary<string, string>
        {
            // Node adds these certificates to its own list. The other variables replace a list, so their file has the system's too.
            ["NODE_EXTRA_CA_CERTS"] = node,
            ["AWS_CA_BUNDLE"] = bundle,
            ["REQUESTS_CA_BUNDLE"] = bundle,
            ["SSL_CERT_FILE"] = bundle,
        };
    }

    /// <summary>The file of the certificate alone.</summary>
    public string Certificate { get; }

    /// <summary>For Node, botocore, Python's requests, and OpenSSL, which Python's own client and .NET on Linux use.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Writes the files. Null if the folder cannot be written.</summary>
    public static Trust? Write(CertificateStore certificates)
    {
        try
        {
            return new Trust(certificates);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Read(string? file) => file is null ? "" : File.ReadAllText(file) + "\n";

    /// <summary>The user's own list of certificates, unless it is one of these files already.</summary>
    private string? FindOwn(params string[] variables) => variables
        .Select(Environment.GetEnvironmentVariable)
        .FirstOrDefault(file => File.Exists(file) && !Path.GetFullPath(file).StartsWith(_folder, StringComparison.Ordinal));

    /// <summary>By a rename, because other gateways and their functions may be reading.</summary>
    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        if (File.Exists(path) && File.ReadAllText(path) == text)
            return path;
        var written = Path.Combine(_folder, $"{Guid.NewGuid():N}.tmp");
        File.WriteAllText(written, text);
        File.Move(written, path, overwrite: true);
        return path;
    }
}
