using System.Text.Json;

namespace ChatEvents.Load.Clients;

internal static class JsonText
{
    /// <returns>Null if there is no such member, or it is no text.</returns>
    public static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
