using ChatEvents.LocalGateway.Integrations;

namespace ChatEvents.LocalGateway.Routing;

internal sealed record Route(string Key, Integration Integration, bool HasRouteResponse, bool ApiKeyRequired = false);

/// <summary>The routes of an API, and the selection of one for a message.</summary>
internal sealed class RouteTable(RouteSelector selection, IReadOnlyDictionary<string, Route> routes)
{
    public Route? Connect => routes.GetValueOrDefault("$connect");

    public Route? Disconnect => routes.GetValueOrDefault("$disconnect");

    public string Keys => string.Join(", ", routes.Keys.Where(key => !key.StartsWith('$')));

    /// <summary>Null if no route matches and there is no <c>$default</c>.</summary>
    public Route? Select(ReadOnlyMemory<byte> body)
    {
        // Keys with a dollar sign are reserved: a message must not select $disconnect.
        if (selection.Evaluate(body) is { } key && !key.StartsWith('$') && routes.TryGetValue(key, out var route))
            return route;
        return routes.GetValueOrDefault("$default");
    }
}
