using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChatEvents.DeployTests.Synthesis;

/// <summary>A synthesized CloudFormation template, with its intrinsic functions in readable form.</summary>
public sealed partial class Template
{
    private readonly JsonObject _json;

    private Template(string path, JsonObject json, IReadOnlyList<string> messages)
    {
        Path = path;
        _json = json;
        Messages = messages;
    }

    public string Path { get; }

    /// <summary>The messages of the CDK's synthesis: <c>error: ...</c>, <c>warning: ...</c>.</summary>
    public IReadOnlyList<string> Messages { get; }

    public IEnumerable<Resource> All => _json["Resources"]!.AsObject().Select(pair => new Resource(pair.Key, pair.Value!.AsObject()));

    /// <summary>A property of the stack that is not in its template but beside it, for the CDK's command line.</summary>
    public string? Manifest(string property) =>
        JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, "manifest.json")))!["artifacts"]!.AsObject()
            .Select(artifact => artifact.Value!["properties"]?[property]?.ToString())
            .FirstOrDefault(value => value is not null);

    public static Template Read(string path, IReadOnlyList<string> messages) =>
        new(path, JsonNode.Parse(File.ReadAllText(path))!.AsObject(), messages);

    public IReadOnlyList<Resource> OfType(string type) => [.. All.Where(resource => resource.Type == type)];

    /// <summary>The one resource with this name, which leaves out the CDK's digest at its end.</summary>
    public Resource Named(string name) => Assert.Single(All, resource => resource.Name == name);

    /// <summary>The text of an output; null if there is none.</summary>
    public string? Output(string name) => _json["Outputs"]?[name]?["Value"] is { } value ? Say(value) : null;

    /// <summary>The environment variables of a task's container, as <c>NAME=value</c>, by name.</summary>
    public IEnumerable<string> EnvironmentOf(string task) =>
        from variable in Named(task).Properties["ContainerDefinitions"]![0]!["Environment"]!.AsArray()
        let said = $"{variable!["Name"]}={Say(variable["Value"])}"
        orderby said
        select said;

    /// <summary>Every value of the template on its own line, in a stable order.</summary>
    public IEnumerable<string> Lines() =>
        Flatten("", _json).Select(line => line.ReplaceLineEndings(@"\n")).Order(StringComparer.Ordinal);

    /// <summary>A value as text: a reference as the name of its target, joined parts as one string.</summary>
    public static string Say(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray list => string.Join(", ", list.Select(Say)),
        JsonObject single when single.Count == 1 && SayFunction(single.First()) is { } said => said,
        JsonObject other => WithoutDigests(other.ToJsonString()),
        _ => WithoutDigests(value.ToString()),
    };

    internal static string WithoutDigests(string text) => WithoutAssetDigests(LogicalIdDigest().Replace(text, "$1"));

    internal static string WithoutAssetDigests(string text) => AssetDigest().Replace(text, "(digest)");

    private static string? SayFunction(KeyValuePair<string, JsonNode?> function) => function switch
    {
        { Key: "Ref", Value: { } name } => $"{{{WithoutDigests(name.ToString())}}}",
        { Key: "Fn::GetAtt", Value: JsonArray parts } => $"{{{WithoutDigests(parts[0]!.ToString())}.{parts[1]}}}",
        { Key: "Fn::Join", Value: JsonArray parts } => string.Join(parts[0]!.ToString(), parts[1]!.AsArray().Select(Say)),
        { Key: "Fn::Sub", Value: JsonValue text } => WithoutDigests(text.ToString()),
        _ => null,
    };

    private static IEnumerable<string> Flatten(string path, JsonNode? value) => value switch
    {
        JsonObject single when single.Count == 1 && SayFunction(single.First()) is { } said => [$"{path} = {said}"],
        JsonObject many => many.SelectMany(pair => Flatten($"{path}{(path.Length == 0 ? "" : ".")}{WithoutDigests(pair.Key)}", pair.Value)),
        JsonArray list => list.SelectMany((item, index) => Flatten($"{path}[{index}]", item)),
        _ => [$"{path} = {Say(value)}"],
    };

    // The CDK makes a path unique with eight hexadecimal digits at its end.
    [GeneratedRegex(@"\b([A-Z][A-Za-z0-9]*[A-Za-z0-9])[0-9A-F]{8}\b")]
    private static partial Regex LogicalIdDigest();

    [GeneratedRegex(@"\b[0-9a-f]{64}\b")]
    private static partial Regex AssetDigest();
}

/// <summary>One resource of a template.</summary>
public sealed record Resource(string Id, JsonObject Json)
{
    public string Name => Template.WithoutDigests(Id);

    public string Type => Json["Type"]!.ToString();

    public JsonObject Properties => Json["Properties"]?.AsObject() ?? [];

    public IReadOnlyList<string> DependsOn => Json["DependsOn"] switch
    {
        JsonArray several => [.. several.Select(id => id!.ToString())],
        { } one => [one.ToString()],
        null => [],
    };

    /// <summary>The text of the property with a path such as <c>RedrivePolicy.maxReceiveCount</c>; null if there is none.</summary>
    public string? Say(string path)
    {
        JsonNode? value = Properties;
        foreach (var step in path.Split('.'))
        {
            value = value switch
            {
                JsonArray list => list[int.Parse(step)],
                JsonObject members => members[step],
                _ => null,
            };
        }

        return value is null ? null : Template.Say(value);
    }

    /// <summary>The values of a dimension of an alarm's metrics.</summary>
    public IEnumerable<string> Dimensions(string name)
    {
        var metrics = Properties["Metrics"]?.AsArray().Select(metric => metric!["MetricStat"]?["Metric"]) ?? [Properties];
        return
            from metric in metrics
            from dimension in metric?["Dimensions"]?.AsArray() ?? []
            where dimension!["Name"]!.ToString() == name
            select Template.Say(dimension["Value"]);
    }

    public override string ToString() => $"{Name} ({Type})";
}
