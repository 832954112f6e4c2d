namespace ChatEvents.LocalGateway.Configuration;

/// <summary>A custom domain name with one API mapping.</summary>
public sealed class CustomDomainOptions
{
    /// <summary>The host name, without a port.</summary>
    public string Name { get; set; } = "";

    /// <summary>The path of the API mapping. Default none: the root.</summary>
    public string BasePath { get; set; } = "";
}
