namespace ChatEvents.LocalGateway.Configuration;

/// <summary>TLS on the gateway's port, beside plain HTTP.</summary>
public sealed class TlsOptions
{
    /// <summary>A PEM file with the certificate. Default: one that the gateway makes and keeps for the user.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the private key. Default: it is in the file of the certificate.</summary>
    public string? Key { get; set; }

    /// <summary>Where the certificate that the gateway makes is kept. Default: a folder below the user's application data.</summary>
    public string? Folder { get; set; }
}
