using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Processes;
using Microsoft.AspNetCore.Connections.Features;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The port on which a request came, if it is the one of a function.</summary>
internal sealed record FunctionPortFeature(string Function);

/// <summary>A connection of an environment, and which environment it is if the gateway started it.</summary>
internal sealed record EnvironmentLine(FunctionEnvironment? Environment)
{
    private static readonly object Key = new();

    private static readonly EnvironmentLine Unknown = new((FunctionEnvironment?)null);

    /// <summary>Looked up once per connection.</summary>
    public static EnvironmentLine Of(HttpContext http, FunctionFleet? fleet)
    {
        if (fleet is null || http.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
            return Unknown;
        if (items.TryGetValue(Key, out var known) && known is EnvironmentLine line)
            return line;
        line = new EnvironmentLine(fleet.Find(http.Request.Headers["Environment-Id"], http.Connection.RemotePort));
        items[Key] = line;
        return line;
    }
}
