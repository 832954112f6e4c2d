using System.Text.Json;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>Where the code of functions is in a folder that <c>cdk synth</c> wrote.</summary>
internal sealed class CdkAssets
{
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    public static CdkAssets None { get; } = new();

    /// <summary>The one stack of the folder with a WebSocket API, and its assets.</summary>
    public static (string Template, CdkAssets Assets) Find(string folder)
    {
        string[] templates =
        [
            .. TemplatesOf(folder).Order(StringComparer.Ordinal)
                .Where(file => File.ReadAllText(file).Contains("AWS::ApiGatewayV2::Route", StringComparison.Ordinal)),
        ];
        return templates switch
        {
            [var one] => (one, Beside(one)),
            [] => throw new GatewayOptionsException($"{folder} has no *.template.json with a WebSocket API; run cdk synth first."),
            _ => throw new GatewayOptionsException(
                $"{folder} has several stacks with a WebSocket API; name one: {string.Join(", ", templates.Select(template => Path.GetRelativePath(folder, template)))}."),
        };
    }

    /// <summary>
    /// Those that the manifest names, in the folders of stages, too: a stack that was renamed leaves its old template behind. All of the folder if
    /// there is no manifest.
    /// </summary>
    private static IEnumerable<string> TemplatesOf(string folder)
    {
        var file = Path.Combine(folder, "manifest.json");
        if (!File.Exists(file))
            return Directory.EnumerateFiles(folder, "*.template.json");
        var templates = new List<string>();
        Read(file, json =>
        {
            if (!json.TryGetProperty("artifacts", out var artifacts))
                return;
            foreach (var artifact in artifacts.EnumerateObject().Select(artifact => artifact.Value))
            {
                var (type, properties) = (artifact.GetProperty("type").GetString(), artifact.TryGetProperty("properties", out var given) ? given : default);
                if (type == "aws:cloudformation:stack")
                    templates.Add(Path.Combine(folder, properties.GetProperty("templateFile").GetString()!));
                else if (type == "cdk:cloud-assembly")
                    templates.AddRange(TemplatesOf(Path.Combine(folder, properties.GetProperty("directoryName").GetString()!)));
            }
        });
        return templates;
    }

    /// <summary>Those that the file of assets beside a template names.</summary>
    public static CdkAssets Beside(string template)
    {
        var assets = new CdkAssets();
        var file = template.Replace(".template.json", ".assets.json", StringComparison.Ordinal);
        var folder = Path.GetDirectoryName(Path.GetFullPath(template))!;
        if (!File.Exists(file))
            return assets;
        Read(file, json =>
        {
            foreach (var asset in json.GetProperty("files").EnumerateObject())
            {
                if (asset.Value.TryGetProperty("source", out var source) && source.TryGetProperty("path", out var path))
                    assets._folders[asset.Name] = Path.GetFullPath(path.GetString()!, folder);
            }
        });
        return assets;
    }

    private static void Read(string file, Action<JsonElement> read)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            throw new GatewayOptionsException($"{file} is not as cdk synth writes it: {e.Message}");
        }
    }

    /// <summary>Null if the key is no asset.</summary>
    public string? FolderOf(string key) => _folders.GetValueOrDefault(Path.GetFileNameWithoutExtension(key));
}
