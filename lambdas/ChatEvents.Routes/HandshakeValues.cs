using System.Text.Json;

namespace ChatEvents.Routes;

/// <summary>The headers and query parameters of a handshake, for <c>$connect</c> and for its authorizer alike.</summary>
internal static class HandshakeValues
{
    /// <summary>All values of a header.</summary>
    public static IReadOnlyList<string> OfHeader(JsonElement handshake, string name) =>
        Of(handshake, "multiValueHeaders", "headers", name, StringComparison.OrdinalIgnoreCase);

    /// <summary>All values of a query parameter.</summary>
    public static IReadOnlyList<string> OfParameter(JsonElement handshake, string name) =>
        Of(handshake, "multiValueQueryStringParameters", "queryStringParameters", name, StringComparison.Ordinal);

    /// <summary>The sub-protocols that the client offers. One header may list several, and there may be several headers.</summary>
    public static IReadOnlyList<string> Subprotocols(JsonElement handshake) =>
    [
        .. OfHeader(handshake, Subprotocol.Header)
            .SelectMany(header => header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    ];

    /// <summary>From the map that has only the last value where a gateway sends no other.</summary>
    private static List<string> Of(JsonElement handshake, string multi, string single, string name, StringComparison comparison) =>
        In(handshake, multi, name, comparison) is { Count: > 0 } all ? all : In(handshake, single, name, comparison);

    private static List<string> In(JsonElement handshake, string map, string name, StringComparison comparison) =>
        !handshake.TryGetProperty(map, out var values) || values.ValueKind != JsonValueKind.Object ? [] :
        [
            .. from member in values.EnumerateObject()
               where member.Name.Equals(name, comparison)
               from value in member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray().AsEnumerable() : [member.Value]
               select value.GetString() ?? "",
        ];
}
