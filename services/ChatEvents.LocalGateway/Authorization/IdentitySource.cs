using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>A value that a handshake must have before its authorizer is invoked.</summary>
internal sealed record IdentitySource(string Kind, string Name)
{
    private static readonly string[] Kinds = ["route.request.header.", "route.request.querystring.", "stageVariables.", "context."];

    /// <summary>Null if the text is not an identity source of a WebSocket API.</summary>
    public static IdentitySource? Parse(string text)
    {
        var kind = Kinds.FirstOrDefault(kind => text.StartsWith(kind, StringComparison.Ordinal));
        if (kind is null || text.Length == kind.Length)
            return null;
        var source = new IdentitySource(kind, text[kind.Length..]);
        return kind == "context." && !ContextVariables.Names.Contains(source.Name) ? null : source;
    }

    public bool IsIn(ApiFacts api, ConnectionFacts connection, RequestFacts request, ConnectRequest http) => Kind switch
    {
        "route.request.header." =>
            http.Headers.Any(header => header.Key.Equals(Name, StringComparison.OrdinalIgnoreCase) && header.Value[^1].Length > 0),
        "route.request.querystring." => http.Query.Any(parameter => parameter.Key == Name && parameter.Value[^1].Length > 0),
        "stageVariables." => api.StageVariables.TryGetValue(Name, out var value) && value.Length > 0,
        _ => !string.IsNullOrEmpty(ContextVariables.Find(Name, api, connection, request, "$connect", "CONNECT")),
    };
}
