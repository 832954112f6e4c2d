using System.Collections;
using System.Text.Json;

namespace Amazon.SQS.Internal;

/// <summary>Writes the members that are set.</summary>
internal static class JsonWriting
{
    public static void Text(this Utf8JsonWriter json, string name, string value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    public static void Number(this Utf8JsonWriter json, string name, int? value)
    {
        if (value is not null)
        {
            json.WriteNumber(name, value.Value);
        }
    }

    public static void Bytes(this Utf8JsonWriter json, string name, MemoryStream value)
    {
        if (value is not null)
        {
            json.WriteBase64String(name, value.ToArray());
        }
    }

    public static void TextList(this Utf8JsonWriter json, string name, List<string> values)
    {
        if (IsSet(values))
        {
            json.WriteStartArray(name);
            values.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }
    }

    public static void TextMap(this Utf8JsonWriter json, string name, Dictionary<string, string> values)
    {
        if (IsSet(values))
        {
            json.WriteStartObject(name);
            foreach (var (key, value) in values)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }
    }

    public static void List<T>(this Utf8JsonWriter json, string name, List<T> values, Action<Utf8JsonWriter, T> write)
    {
        if (IsSet(values))
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteStartObject();
                write(json, value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    public static void Map<T>(this Utf8JsonWriter json, string name, Dictionary<string, T> values, Action<Utf8JsonWriter, T> write)
    {
        if (IsSet(values))
        {
            json.WriteStartObject(name);
            foreach (var (key, value) in values)
            {
                json.WriteStartObject(key);
                write(json, value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }

    // Where every collection starts empty, an empty one cannot mean "set to nothing".
    private static bool IsSet(ICollection values) => values is not null && (values.Count > 0 || !AWSConfigs.InitializeCollections);
}
