using System.Text.Json;

namespace Amazon.Subset;

/// <summary>Reads members that may be absent or null.</summary>
internal static class JsonReading
{
    public static string Text(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? value.GetString() : null;

    public static bool? Flag(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? value.GetBoolean() : null;

    public static DateTime? Time(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? value.GetDateTime() : null;

    public static T Object<T>(this JsonElement json, string name, Func<JsonElement, T> read) where T : class =>
        json.TryGetMember(name, out var value) ? read(value) : null;

    public static MemoryStream Bytes(this JsonElement json, string name) =>
        json.TryGetMember(name, out var value) ? new MemoryStream(value.GetBytesFromBase64()) : null;

    public static Dictionary<string, string> TextMap(this JsonElement json, string name) =>
        json.Map(name, static value => value.GetString());

    public static List<T> List<T>(this JsonElement json, string name, Func<JsonElement, T> read)
    {
        if (!json.TryGetMember(name, out var array))
        {
            return AWSConfigs.InitializeCollections ? [] : null;
        }

        var values = new List<T>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
        {
            values.Add(read(element));
        }

        return values;
    }

    public static Dictionary<string, T> Map<T>(this JsonElement json, string name, Func<JsonElement, T> read)
    {
        if (!json.TryGetMember(name, out var map))
        {
            return AWSConfigs.InitializeCollections ? [] : null;
        }

        var values = new Dictionary<string, T>();
        foreach (var member in map.EnumerateObject())
        {
            values[member.Name] = read(member.Value);
        }

        return values;
    }

    private static bool TryGetMember(this JsonElement json, string name, out JsonElement value) =>
        json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
