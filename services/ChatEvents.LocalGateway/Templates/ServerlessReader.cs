using System.Globalization;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Configuration;
using RouteOptions = ChatEvents.LocalGateway.Configuration.RouteOptions;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>Reads the functions with <c>websocket</c> events of a <c>serverless.yml</c>.</summary>
internal sealed partial class ServerlessReader(TemplateNode template, TemplateReading reading, string folder)
{
    private readonly List<string> _notes = [];
    private readonly GatewayOptions _options = new();

    public (GatewayOptions Options, IReadOnlyList<string> Notes) Read()
    {
        var provider = template["provider"]!;
        _options.Stage = reading.Given("stage") ?? "dev"; // for a stage that is made of ${sls:stage}
        if (provider["stage"] is { } stage)
            _options.Stage = Text(stage);
        _options.Region = provider["region"] is { } region ? Text(region) : "us-east-1";
        if (provider["websocketsApiRouteSelectionExpression"] is { } expression)
            _options.RouteSelectionExpression = Text(expression);
        foreach (var (name, function) in template["functions"]!.Members ?? throw new TemplateException(template["functions"]!.Line, "functions must be a map."))
        {
            foreach (var happening in function["events"]?.Items ?? [])
            {
                if (happening["websocket"] is { } websocket)
                    ReadRoute(name, websocket);
                else
                    _notes.Add($"line {happening.Line}: an event of {name} that is no websocket has no effect here");
            }
        }

        if (_options.Routes.Count == 0)
            throw new TemplateException(template["functions"]!.Line, "No function has a websocket event.");
        foreach (var name in ((ApiOptions)_options).FunctionNames.Distinct().ToArray())
            _options.Functions[name] = ReadFunction(name, template["functions"]![name]!);
        return (_options, _notes);
    }

    private void ReadRoute(string function, TemplateNode websocket)
    {
        var key = websocket.Text is { } text ? Resolve(text, websocket.Line) : Text(websocket.Need("route", "A websocket event"));
        if (!_options.Routes.TryAdd(key, new RouteOptions { Function = function, RouteResponse = websocket["routeResponseSelectionExpression"] is not null }))
            throw new TemplateException(websocket.Line, $"The route key {key} is there twice.");
        if (websocket["authorizer"] is not { } authorizer)
            return;
        if (key != "$connect")
            throw new TemplateException(authorizer.Line, $"Only $connect can have an authorizer, not {key}.");
        var name = authorizer.Text ?? authorizer["name"]?.Text
            ?? throw new TemplateException(authorizer.Line, "An authorizer must name a function of this file; an ARN is not supported.");
        if (template["functions"]![name] is null)
            throw new TemplateException(authorizer.Line, $"There is no function {name}.");
        _options.Authorizer = new AuthorizerOptions { Function = name };
        var sources = authorizer["identitySource"]?.Items?.Select(Text) ?? ["route.request.header.Auth"]; // the framework's default
        foreach (var source in sources)
            _options.Authorizer.IdentitySources.Add(source);
    }

    private FunctionOptions ReadFunction(string name, TemplateNode function)
    {
        var provider = template["provider"]!;
        var read = reading.StartsFunctions ? Started(name, function, provider) : new FunctionOptions();
        var timeout = function["timeout"] ?? provider["timeout"];
        read.Timeout = TimeSpan.FromSeconds(timeout is null ? 6 : int.Parse(Text(timeout), CultureInfo.InvariantCulture)); // the framework's default
        if ((function["memorySize"] ?? provider["memorySize"]) is { } memory) // the framework's default is the gateway's
            read.MemorySize = int.Parse(Text(memory), CultureInfo.InvariantCulture);
        foreach (var variables in (TemplateNode?[])[provider["environment"], function["environment"]])
        {
            if (variables?.Text is { } text)
                throw new TemplateException(variables.Line, $"{Resolve(text, variables.Line)} is no map of variables.");
            foreach (var (variable, value) in variables?.Members ?? new Dictionary<string, TemplateNode>())
                ReadVariable(variable, value, read);
        }

        return read;
    }

    private FunctionOptions Started(string name, TemplateNode function, TemplateNode provider)
    {
        var runtime = Text(function["runtime"] ?? provider["runtime"] ?? throw new TemplateException(function.Line, $"{name} has no runtime."));
        if (function["image"] is { } image)
            throw new TemplateException(image.Line, $"{name} is a container image; start it, and name its address as invokeEndpoint in gateway.json.");
        return FunctionCode.Start(runtime, Text(function.Need("handler", name)), folder, function.Line);
    }

    private void ReadVariable(string name, TemplateNode value, FunctionOptions function)
    {
        try
        {
            function.Environment[name] = Text(value);
        }
        catch (TemplateException) when (!reading.StartsFunctions)
        {
            // Who starts the function gives it its variables.
        }
    }

    private string Text(TemplateNode node) => node.Members is { Count: 1 } members && (members.ContainsKey("Ref") || members.Keys.First().StartsWith("Fn::", StringComparison.Ordinal))
        ? Given(members, node.Line)
        : Resolve(node.NeedText("The value"), node.Line);

    /// <summary>CloudFormation's functions, of resources that the file adds.</summary>
    private string Given(IReadOnlyDictionary<string, TemplateNode> function, int line)
    {
        var argument = function.Values.First();
        var name = argument.Text ?? string.Join('.', argument.Items?.Select(item => item.Text) ?? []);
        return reading.Given(name)
            ?? throw new TemplateException(line, $"Only a deployment knows the value of {name}; give it by --parameter {name}=VALUE.");
    }

    private string Resolve(string text, int line)
    {
        for (var depth = 0; Variable().IsMatch(text); depth++)
        {
            if (depth == 10)
                throw new TemplateException(line, $"The variables of '{text}' name each other.");
            text = Variable().Replace(text, match => ValueOf(match.Groups["name"].Value, match.Groups["default"], line));
        }

        return text;
    }

    private string ValueOf(string name, Group otherwise, int line)
    {
        var found = name switch
        {
            "sls:stage" or "self:provider.stage" when _options.Stage.Length > 0 => _options.Stage,
            "opt:stage" => reading.Given("stage"),
            "opt:region" or "aws:region" => reading.Given("region"),
            "aws:accountId" => _options.AccountId,
            _ when name.StartsWith("opt:", StringComparison.Ordinal) || name.StartsWith("param:", StringComparison.Ordinal) => reading.Given(name.Split(':')[1]),
            _ when name.StartsWith("env:", StringComparison.Ordinal) => Environment.GetEnvironmentVariable(name["env:".Length..]),
            _ when name.StartsWith("self:", StringComparison.Ordinal) => Self(name["self:".Length..]),
            _ => throw new TemplateException(line, $"${{{name}}} is not supported; self, opt, param, env, sls and aws are."),
        };
        if (found is not null)
            return found;
        return otherwise.Success
            ? otherwise.Value.Trim().Trim('\'', '"')
            : throw new TemplateException(line, $"${{{name}}} has no value; give it by --parameter {name.Split(':')[^1]}=VALUE.");
    }

    private string? Self(string path)
    {
        var node = template;
        foreach (var step in path.Split('.'))
        {
            if (node?[step] is not { } below)
                return null;
            node = below;
        }

        return node!.Text;
    }

    // The innermost: its default has no variable any more.
    [GeneratedRegex(@"\$\{(?<name>[^${},]+?)\s*(,\s*(?<default>[^${}]*))?\}")]
    private static partial Regex Variable();
}
