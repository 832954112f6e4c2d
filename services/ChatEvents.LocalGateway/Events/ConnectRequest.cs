namespace ChatEvents.LocalGateway.Events;

/// <summary>The headers and query string of a handshake, each name with all its values.</summary>
internal sealed record ConnectRequest(
    IReadOnlyList<KeyValuePair<string, string[]>> Headers, IReadOnlyList<KeyValuePair<string, string[]>> Query)
{
    private static readonly string[] OfTheUpgrade = ["Connection", "Upgrade", "Content-Length"];

    /// <summary>The headers without those of the upgrade, which AWS shows, normalized, only to authorizers.</summary>
    public IEnumerable<KeyValuePair<string, string[]>> HeadersBesideTheUpgrade =>
        Headers.Where(header => !OfTheUpgrade.Contains(header.Key, StringComparer.OrdinalIgnoreCase));
}
