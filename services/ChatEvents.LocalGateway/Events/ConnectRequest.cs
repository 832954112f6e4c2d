namespace ChatEvents.LocalGateway.Events;

/// <summary>The HTTP side of a handshake, as far as events show it: headers and query, each name with all its values.</summary>
internal sealed record ConnectRequest(
    IReadOnlyList<KeyValuePair<string, string[]>> Headers, IReadOnlyList<KeyValuePair<string, string[]>> Query)
{
    private static readonly string[] OfTheUpgrade = ["Connection", "Upgrade", "Content-Length"];

    /// <summary>Without those that belong to the hop between client and gateway; AWS shows them to authorizers only, in its own words.</summary>
    public IEnumerable<KeyValuePair<string, string[]>> HeadersBesideTheUpgrade =>
        Headers.Where(header => !OfTheUpgrade.Contains(header.Key, StringComparer.OrdinalIgnoreCase));
}
