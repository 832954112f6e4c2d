using System.Collections.Concurrent;
using System.Net;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>
/// The host names of the gateway: those of this machine and the configured ones. A web page could point a name of its own at this machine,
/// and would then be of the same origin as the gateway.
/// </summary>
internal sealed class GatewayHosts
{
    private const int RememberedHosts = 100;

    private readonly HashSet<string> _names;
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public GatewayHosts(GatewayOptions options)
    {
        string?[] names =
        [
            "localhost", "host.docker.internal", Environment.MachineName, .. options.Hosts,
            .. options.AllApis.SelectMany(api => (string?[])[api.CustomDomain?.Name, WithoutPort(api.DomainName)]),
        ];
        _names = new HashSet<string>(names.OfType<string>().Where(name => name.Length > 0), StringComparer.OrdinalIgnoreCase);
        ForCertificate =
        [
            .. _names.Where(name => Uri.CheckHostName(name) != UriHostNameType.Unknown && !name.Contains('_', StringComparison.Ordinal)),
            "127.0.0.1", "::1", $"*.execute-api.{options.Region}.localhost", .. AddressOf(options),
        ];
        // After the certificate: it is not to be valid for a name of AWS.
        _names.UnionWith(options.AllApis.Select(api => ApiAddress.HostOnAws(api, options.Region)));
    }

    /// <summary>What the certificate must be valid for.</summary>
    public IReadOnlyList<string> ForCertificate { get; }

    /// <param name="host">A Host header, perhaps with a port.</param>
    public bool Contain(string host)
    {
        if (_known.TryGetValue(host, out var isKnown))
            return isKnown;
        isKnown = Decide(WithoutPort(host)!);
        if (_known.Count < RememberedHosts)
            _known.TryAdd(host, isKnown);
        return isKnown;
    }

    private bool Decide(string name) =>
        IPAddress.TryParse(name.Trim('[', ']'), out _) // no name, so no other name for it
        || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || _names.Contains(name);

    private static string[] AddressOf(GatewayOptions options) =>
        IPAddress.TryParse(options.Address, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? [address.ToString()]
            : [];

    private static string? WithoutPort(string? host) => host is null ? null : new HostString(host).Host;
}
