using System.Text.Json;

namespace Amazon.ApiGatewayManagementApi.Internal;

/// <summary>Reads members that may be absent or null.</summary>
internal static class JsonReading
{
    public static string Text(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? value.GetString() : null;

    public static DateTime? Time(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? value.GetDateTime() : null;

    public static T Object<T>(this JsonElement json, string name, Func<JsonElement, T> read) where T : class =>
        json.TryGetMember(name, out var value) ? read(value) : null;

    private static bool TryGetMember(this JsonElement json, string name, out JsonElement value) =>
        json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
