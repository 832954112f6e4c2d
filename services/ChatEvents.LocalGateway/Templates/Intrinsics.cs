using System.Text.RegularExpressions;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>
/// Evaluates CloudFormation's functions. What only a deployment knows, as the name of a table, is taken from <c>--parameter</c> by its logical
/// id, and refused where that is missing.
/// </summary>
internal sealed partial class Intrinsics
{
    private readonly TemplateNode _template;
    private readonly Func<string, string?> _given;
    private readonly Dictionary<string, string> _pseudo;
    private readonly Dictionary<string, TemplateNode> _parameters = [];

    public Intrinsics(TemplateNode template, Func<string, string?> given, string region, string accountId)
    {
        (_template, _given) = (template, given);
        _pseudo = new Dictionary<string, string>
        {
            ["AWS::Region"] = region,
            ["AWS::AccountId"] = accountId,
            ["AWS::Partition"] = "aws",
            ["AWS::URLSuffix"] = "amazonaws.com",
            ["AWS::StackName"] = "local",
            ["AWS::StackId"] = $"arn:aws:cloudformation:{region}:{accountId}:stack/local/00000000-0000-0000-0000-000000000000",
        };
        foreach (var (name, parameter) in template["Parameters"]?.Members ?? new Dictionary<string, TemplateNode>())
            _parameters[name] = parameter;
    }

    /// <summary>What <c>Ref</c> and <c>Fn::GetAtt</c> give for resources that the gateway knows: null for others.</summary>
    public Func<string, string?, string?> Resource { get; set; } = (_, _) => null;

    /// <summary>The value without functions; null for <c>AWS::NoValue</c>.</summary>
    public TemplateNode? Evaluate(TemplateNode node)
    {
        if (node.Items is { } items)
            return TemplateNode.OfItems([.. items.Select(Evaluate).OfType<TemplateNode>()], node.Line);
        if (node.Members is not { } members)
            return node;
        if (members.Count == 1 && (members.First().Key == "Ref" || members.First().Key.StartsWith("Fn::", StringComparison.Ordinal)))
            return Call(members.First().Key, members.First().Value, node.Line);
        var evaluated = new Dictionary<string, TemplateNode>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            if (Evaluate(value) is { } kept)
                evaluated[name] = kept;
        }

        return TemplateNode.OfMembers(evaluated, node.Line);
    }

    /// <summary>A value that must be a text.</summary>
    public string Text(TemplateNode node, string what) =>
        (Evaluate(node) ?? throw new TemplateException(node.Line, $"{what} has no value.")).NeedText(what);

    public bool Holds(string condition, int line) =>
        IsTrue(_template["Conditions"]?[condition] ?? throw new TemplateException(line, $"There is no condition {condition}."));

    private TemplateNode? Call(string function, TemplateNode argument, int line) => function switch
    {
        "Ref" => Ref(argument.NeedText("Ref"), line),
        "Fn::GetAtt" => TemplateNode.OfText(GetAtt(argument), line),
        "Fn::Sub" => TemplateNode.OfText(Sub(argument), line),
        "Fn::Join" => TemplateNode.OfText(Join(argument), line),
        "Fn::Select" => Select(argument),
        "Fn::Split" => Split(argument),
        "Fn::FindInMap" => FindInMap(argument),
        "Fn::If" => If(argument),
        "Fn::Base64" => TemplateNode.OfText(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Text(argument, function))), line),
        _ => throw new TemplateException(line, $"{function} is not supported; give the value by --parameter, or write it."),
    };

    private TemplateNode? Ref(string name, int line) =>
        name == "AWS::NoValue" ? null : TemplateNode.OfText(ValueOf(name, null, line), line);

    private string ValueOf(string name, string? attribute, int line)
    {
        var whole = attribute is null ? name : $"{name}.{attribute}";
        if (_given(whole) is { } given)
            return given;
        if (_pseudo.TryGetValue(whole, out var pseudo))
            return pseudo;
        if (attribute is null && _parameters.TryGetValue(name, out var parameter))
        {
            return parameter["Default"]?.Text
                ?? throw new TemplateException(line, $"The parameter {name} has no default; give it by --parameter {name}=VALUE.");
        }

        if (_template["Resources"]?[name] is null)
            throw new TemplateException(line, $"There is no resource or parameter {name}.");
        return Resource(name, attribute)
            ?? throw new TemplateException(line, $"Only a deployment knows the value of {whole}; give it by --parameter {whole}=VALUE.");
    }

    private string GetAtt(TemplateNode argument)
    {
        var parts = argument.Text?.Split('.', 2) ?? argument.Items?.Select(item => Text(item, "Fn::GetAtt")).ToArray();
        return parts is [var resource, var attribute]
            ? ValueOf(resource, attribute, argument.Line)
            : throw new TemplateException(argument.Line, "Fn::GetAtt needs a resource and an attribute.");
    }

    private string Sub(TemplateNode argument)
    {
        var text = argument.Text ?? argument.Items?[0].Text ?? throw new TemplateException(argument.Line, "Fn::Sub needs a text.");
        var own = argument.Items is { Count: > 1 } items ? items[1].Members : null;
        return Variable().Replace(text, match =>
        {
            var name = match.Groups["name"].Value.Trim();
            if (name.StartsWith('!'))
                return $"${{{name[1..]}}}";
            if (own?.GetValueOrDefault(name) is { } value)
                return Text(value, "Fn::Sub");
            var parts = name.Split('.', 2);
            return ValueOf(parts[0], parts.Length == 2 ? parts[1] : null, argument.Line);
        });
    }

    private string Join(TemplateNode argument) => argument.Items is [var separator, var list]
        ? string.Join(separator.NeedText("Fn::Join"), List(list, "Fn::Join").Select(item => item.NeedText("Fn::Join")))
        : throw new TemplateException(argument.Line, "Fn::Join needs a separator and a list.");

    private TemplateNode Select(TemplateNode argument)
    {
        if (argument.Items is not [var index, var list] || !int.TryParse(Text(index, "Fn::Select"), out var number))
            throw new TemplateException(argument.Line, "Fn::Select needs a number and a list.");
        var items = List(list, "Fn::Select");
        return number < items.Count ? items[number] : throw new TemplateException(argument.Line, $"Fn::Select: there is no item {number}.");
    }

    private TemplateNode Split(TemplateNode argument) => argument.Items is [var separator, var text]
        ? TemplateNode.OfItems(
            [.. Text(text, "Fn::Split").Split(separator.NeedText("Fn::Split")).Select(part => TemplateNode.OfText(part, argument.Line))], argument.Line)
        : throw new TemplateException(argument.Line, "Fn::Split needs a separator and a text.");

    private TemplateNode FindInMap(TemplateNode argument)
    {
        if (argument.Items is not [var map, var first, var second])
            throw new TemplateException(argument.Line, "Fn::FindInMap needs a map and two keys.");
        var (name, top, below) = (Text(map, "Fn::FindInMap"), Text(first, "Fn::FindInMap"), Text(second, "Fn::FindInMap"));
        return _template["Mappings"]?[name]?[top]?[below]
            ?? throw new TemplateException(argument.Line, $"The mapping {name} has no {top}.{below}.");
    }

    private TemplateNode? If(TemplateNode argument) => argument.Items is [var condition, var then, var otherwise]
        ? Evaluate(Holds(condition.NeedText("Fn::If"), argument.Line) ? then : otherwise)
        : throw new TemplateException(argument.Line, "Fn::If needs a condition and two values.");

    private bool IsTrue(TemplateNode condition)
    {
        var (function, argument) = condition.Members?.FirstOrDefault() ?? throw new TemplateException(condition.Line, "A condition must be a function.");
        return function switch
        {
            "Condition" => Holds(argument.NeedText("Condition"), condition.Line),
            "Fn::Not" => !IsTrue(Arguments(1)[0]),
            "Fn::And" => Arguments(0).All(IsTrue),
            "Fn::Or" => Arguments(0).Any(IsTrue),
            "Fn::Equals" => Text(Arguments(2)[0], function) == Text(Arguments(2)[1], function),
            _ => throw new TemplateException(condition.Line, $"{function} is not supported in a condition."),
        };

        IReadOnlyList<TemplateNode> Arguments(int count) => argument.Items is { } items && (count == 0 || items.Count == count)
            ? items
            : throw new TemplateException(condition.Line, $"{function} needs a list.");
    }

    private IReadOnlyList<TemplateNode> List(TemplateNode node, string what) => Evaluate(node) switch
    {
        { Items: { } items } => items,
        // A parameter of the type CommaDelimitedList.
        { Text: { } text } => [.. text.Split(',').Select(part => TemplateNode.OfText(part.Trim(), node.Line))],
        _ => throw new TemplateException(node.Line, $"{what} needs a list."),
    };

    [GeneratedRegex(@"\$\{(?<name>[^}]*)\}")]
    private static partial Regex Variable();
}
