namespace ChatEvents.Contracts;

/// <summary>
/// Where requests to connections may go. They are signed with the credentials of their sender, and rows name the address: a row that
/// names another host must not get such a request.
/// </summary>
/// <param name="region">The sender's region; null where there is none, and no host of API Gateway is known.</param>
/// <param name="also">Further URLs: their host and port, and paths below theirs. Port 0 means every port, for a laptop and for tests.</param>
public sealed class AllowedEndpoints(string? region, IEnumerable<string> also)
{
    /// <summary>The domains of AWS's partitions, by the beginning of their regions.</summary>
    private static readonly (string Region, string[] Domains)[] Partitions =
    [
        ("cn-", ["amazonaws.com.cn", "api.amazonwebservices.com.cn"]),
        ("eusc-", ["amazonaws.eu", "api.amazonwebservices.eu"]),
        ("us-iso-", ["c2s.ic.gov"]),
        ("us-isob-", ["sc2s.sgov.gov"]),
        ("us-isof-", ["csp.hci.ic.gov"]),
        ("eu-isoe-", ["cloud.adc-e.uk"]),
        ("", ["amazonaws.com", "api.aws"]),
    ];

    private readonly string[] _hosts = region is null
        ? []
        : [.. Partitions.First(partition => region.StartsWith(partition.Region, StringComparison.Ordinal)).Domains
            .Select(domain => $".execute-api.{region}.{domain}")];

    private readonly List<Uri> _also = [.. also.Select(address =>
        CallbackAddress.Parse(address) ?? throw new FormatException($"\"{address}\" {CallbackAddress.Rule}."))];

    public bool Allow(string address) => CallbackAddress.Parse(address) is { } uri && Allow(uri);

    public bool Allow(Uri address) => IsOfApiGateway(address) || _also.Exists(allowed => IsWithin(address, allowed));

    private static bool IsWithin(Uri address, Uri allowed) =>
        address.Scheme == allowed.Scheme
        && string.Equals(address.Host, allowed.Host, StringComparison.OrdinalIgnoreCase)
        && (allowed.Port == 0 || address.Port == allowed.Port)
        && $"{address.AbsolutePath.TrimEnd('/')}/".StartsWith($"{allowed.AbsolutePath.TrimEnd('/')}/", StringComparison.Ordinal);

    /// <summary><c>https://</c>, the id of an API, and the host of API Gateway in this region and partition.</summary>
    private bool IsOfApiGateway(Uri address) => address is { Scheme: "https", IsDefaultPort: true }
        && Array.Exists(_hosts, host => address.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase)
            && address.Host.AsSpan(0, address.Host.Length - host.Length) is { Length: > 0 } api
            && !api.Contains('.'));
}
