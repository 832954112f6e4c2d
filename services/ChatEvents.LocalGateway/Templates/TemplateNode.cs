using System.Globalization;
using ChatEvents.LocalGateway.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>A part of a template: a text, a list or a map, with the line where it begins. JSON is read as the YAML that it is.</summary>
internal sealed class TemplateNode
{
    private TemplateNode(int line) => Line = line;

    public int Line { get; }

    public string? Text { get; private init; }

    public IReadOnlyList<TemplateNode>? Items { get; private init; }

    public IReadOnlyDictionary<string, TemplateNode>? Members { get; private init; }

    public TemplateNode? this[string member] => Members?.GetValueOrDefault(member);

    public static TemplateNode OfText(string text, int line) => new(line) { Text = text };

    public static TemplateNode OfItems(IReadOnlyList<TemplateNode> items, int line) => new(line) { Items = items };

    public static TemplateNode OfMembers(IReadOnlyDictionary<string, TemplateNode> members, int line) => new(line) { Members = members };

    /// <exception cref="TemplateException">The text is neither JSON nor YAML.</exception>
    public static TemplateNode Parse(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1
                ? Of(stream.Documents[0].RootNode)
                : throw new TemplateException(1, "The file must hold one document.");
        }
        catch (YamlException e)
        {
            throw new TemplateException((int)e.Start.Line, $"Neither JSON nor YAML: {e.Message.Split("): ", 2)[^1]}");
        }
    }

    /// <summary>A member that must be there.</summary>
    public TemplateNode Need(string member, string what) =>
        this[member] ?? throw new TemplateException(Line, $"{what} has no {member}.");

    /// <summary>The text, which must be one.</summary>
    public string NeedText(string what) =>
        Text ?? throw new TemplateException(Line, $"{what} must be a text.");

    private static TemplateNode Of(YamlNode node)
    {
        var line = (int)node.Start.Line;
        var read = node switch
        {
            YamlScalarNode scalar => OfText(scalar.Value ?? "", line),
            YamlSequenceNode list => OfItems([.. list.Children.Select(Of)], line),
            YamlMappingNode map => OfMembers(MembersOf(map), line),
            _ => throw new TemplateException(line, "This kind of YAML is not supported."),
        };
        return node.Tag.IsEmpty || !node.Tag.Value.StartsWith('!') || node.Tag.Value.Length < 2 ? read : Long(node.Tag.Value[1..], read);
    }

    private static Dictionary<string, TemplateNode> MembersOf(YamlMappingNode map)
    {
        var members = new Dictionary<string, TemplateNode>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw new TemplateException((int)key.Start.Line, "A name must be a text.");
            members[name] = Of(value);
        }

        return members;
    }

    /// <summary>The long form of CloudFormation's short tags: <c>!GetAtt a.b</c> is <c>Fn::GetAtt: [a, b]</c>.</summary>
    private static TemplateNode Long(string tag, TemplateNode value)
    {
        if (tag == "GetAtt" && value.Text is { } text && text.Split('.', 2) is [var resource, var attribute])
            value = OfItems([OfText(resource, value.Line), OfText(attribute, value.Line)], value.Line);
        var name = tag is "Ref" or "Condition" ? tag : "Fn::" + tag;
        return OfMembers(new Dictionary<string, TemplateNode> { [name] = value }, value.Line);
    }
}

/// <summary>What a template has that the gateway cannot do, and where.</summary>
internal sealed class TemplateException(int line, string sentence) : Exception(sentence)
{
    public int Line => line;

    public GatewayOptionsException In(string file) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}: {Message}"));
}
