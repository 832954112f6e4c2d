using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>A value that a handshake must have before its authorizer is invoked.</summary>
internal sealed record IdentitySource(bool IsHeader, string Name)
{
    private const string Header = "route.request.header.", Query = "route.request.querystring.";

    /// <summary>Null when the text is not an identity source of a WebSocket API.</summary>
    public static IdentitySource? Parse(string text) =>
        text.StartsWith(Header, StringComparison.Ordinal) && text.Length > Header.Length ? new IdentitySource(true, text[Header.Length..])
        : text.StartsWith(Query, StringComparison.Ordinal) && text.Length > Query.Length ? new IdentitySource(false, text[Query.Length..])
        : null;

    public bool IsIn(ConnectRequest http) => IsHeader
        ? http.Headers.Any(header => header.Key.Equals(Name, StringComparison.OrdinalIgnoreCase) && header.Value[^1].Length > 0)
        : http.Query.Any(parameter => parameter.Key == Name && parameter.Value[^1].Length > 0);
}
