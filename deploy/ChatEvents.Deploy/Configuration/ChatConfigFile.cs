using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.Deploy.Configuration;

/// <summary>Reads a deployment's configuration: JSON with comments. An unknown setting is an error.</summary>
public static class ChatConfigFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="InvalidConfigException">The file does not exist or is not JSON, or a setting is invalid.</exception>
    public static ChatConfig Read(string path)
    {
        if (!File.Exists(path)) throw new InvalidConfigException($"The configuration {path} does not exist.");
        return Parse(File.ReadAllText(path), path);
    }

    /// <exception cref="InvalidConfigException">The text is not JSON, or a setting is invalid.</exception>
    public static ChatConfig Parse(string json, string source)
    {
        ChatConfig config;
        try
        {
            config = JsonSerializer.Deserialize<ChatConfig>(json, Json)
                ?? throw new InvalidConfigException($"{source} holds the JSON literal null, not a configuration.");
        }
        catch (JsonException wrong)
        {
            throw new InvalidConfigException($"{source}, {PlaceOf(wrong)}: {wrong.Message}", wrong);
        }

        ChatConfigRules.Check(config);
        return config;
    }

    private static string PlaceOf(JsonException wrong) =>
        wrong.LineNumber is { } line ? $"line {line + 1}, {wrong.Path}" : $"{wrong.Path}";
}
