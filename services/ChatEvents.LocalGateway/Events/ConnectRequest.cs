namespace ChatEvents.LocalGateway.Events;

/// <summary>The HTTP side of a handshake, as far as events show it: headers and query, each name with all its values.</summary>
internal sealed record ConnectRequest(IReadOnlyList<KeyValuePair<string, string[]>> Headers, IReadOnlyList<KeyValuePair<string, string[]>> Query);
