using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Configuration;
using RouteOptions = ChatEvents.LocalGateway.Configuration.RouteOptions;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>Reads the WebSocket APIs and functions of a CloudFormation or SAM template.</summary>
internal sealed partial class CloudFormationReader
{
    private const string Api = "AWS::ApiGatewayV2::Api", SamApi = "AWS::Serverless::WebSocketApi";

    private readonly Dictionary<string, TemplateNode> _resources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _apiIds = new(StringComparer.Ordinal);
    private readonly GatewayOptions _options = new();
    private readonly List<string> _notes = [];
    private readonly Intrinsics _intrinsics;
    private readonly TemplateFunctions _functions;
    private readonly bool _startsFunctions;

    public CloudFormationReader(TemplateNode template, TemplateReading reading, string folder, CdkAssets assets)
    {
        _intrinsics = new Intrinsics(template, reading.Given, _options.Region, _options.AccountId) { Resource = Physical };
        foreach (var (name, resource) in template["Resources"]!.Members ?? throw new TemplateException(template.Line, "Resources must be a map."))
        {
            if (resource["Condition"] is { } condition && !_intrinsics.Holds(condition.NeedText("Condition"), condition.Line))
                continue;
            _resources[name] = resource;
        }

        _functions = new TemplateFunctions(template["Globals"]?["Function"], _intrinsics, folder, reading.StartsFunctions ? assets : null);
        _startsFunctions = reading.StartsFunctions;
    }

    public (GatewayOptions Options, IReadOnlyList<string> Notes) Read()
    {
        var apis = new Dictionary<string, ApiOptions>(StringComparer.Ordinal);
        foreach (var name in _resources.Where(resource => IsApi(resource.Value)).Select(resource => resource.Key))
            _apiIds[name] = IdOf(name);
        foreach (var (name, resource) in _resources.Where(resource => IsApi(resource.Value)))
        {
            var api = TypeOf(resource) == SamApi ? ReadSamApi(name, resource) : ReadApi(name, resource);
            apis[name] = api;
        }

        if (apis.Count == 0)
            throw new TemplateException(_resources.Values.FirstOrDefault()?.Line ?? 1, "There is no WebSocket API: no AWS::ApiGatewayV2::Api with the protocol WEBSOCKET, and no AWS::Serverless::WebSocketApi.");
        foreach (var function in apis.Values.SelectMany(api => api.FunctionNames).Distinct())
            _options.Functions[function] = _functions.Read(function, _resources[function]);
        foreach (var (name, resource) in _resources)
        {
            if (TypeOf(resource) is "AWS::ApiGatewayV2::Model" or "AWS::ApiGatewayV2::DomainName" or "AWS::ApiGatewayV2::ApiMapping" or "AWS::ApiGatewayV2::IntegrationResponse")
                _notes.Add($"line {resource.Line}: {name} ({TypeOf(resource)}) has no effect here");
        }

        var all = apis.Values.ToArray();
        if (all.Length == 1)
            CopyOnly(all[0]);
        else
            _options.Apis = DistinctPaths(apis);
        if (!_startsFunctions)
            _functions.NameByHandlers(_options);
        return (_options, _notes);
    }

    private static string TypeOf(TemplateNode resource) => resource["Type"]?.Text ?? throw new TemplateException(resource.Line, "A resource has no Type.");

    private bool IsApi(TemplateNode resource) => TypeOf(resource) == SamApi
        || (TypeOf(resource) == Api && resource["Properties"]?["ProtocolType"] is { } protocol && _intrinsics.Text(protocol, "ProtocolType") == "WEBSOCKET");

    private ApiOptions ReadApi(string name, TemplateNode resource)
    {
        var api = new ApiOptions { ApiId = _apiIds[name], RouteSelectionExpression = Property(resource, "RouteSelectionExpression", name) };
        ReadStage(name, resource, api);
        foreach (var (routeName, route) in OfApi("AWS::ApiGatewayV2::Route", name))
            ReadRoute(routeName, route, api, name);
        if (api.Routes.Count == 0)
            throw new TemplateException(resource.Line, $"The API {name} has no AWS::ApiGatewayV2::Route.");
        return api;
    }

    private void ReadStage(string name, TemplateNode resource, ApiOptions api)
    {
        var stages = OfApi("AWS::ApiGatewayV2::Stage", name).ToArray();
        if (stages is not [var (stageName, stage)])
            throw new TemplateException(
                stages.Length == 0 ? resource.Line : stages[1].Resource.Line,
                stages.Length == 0 ? $"The API {name} has no AWS::ApiGatewayV2::Stage." : $"The API {name} has several stages, and the gateway serves one.");
        api.Stage = Property(stage, "StageName", stageName);
        if (stage["Properties"]?["StageVariables"] is { } variables)
            CopyTexts(variables, api.StageVariables, "StageVariables");
        foreach (var member in (string[])["DefaultRouteSettings", "RouteSettings", "AccessLogSettings"])
        {
            if (stage["Properties"]?[member] is { } ignored)
                _notes.Add($"line {ignored.Line}: {member} has no effect here");
        }
    }

    private void ReadRoute(string routeName, TemplateNode route, ApiOptions api, string apiName)
    {
        var key = Property(route, "RouteKey", routeName);
        if (api.Routes.ContainsKey(key))
            throw new TemplateException(route.Line, $"The route key {key} is there twice.");
        var properties = route["Properties"]!;
        var target = properties["Target"] is { } given ? _intrinsics.Text(given, "Target") : throw new TemplateException(route.Line, $"The route {key} has no Target.");
        var integrationName = target.Split('/')[^1];
        if (!_resources.TryGetValue(integrationName, out var integration) || TypeOf(integration) != "AWS::ApiGatewayV2::Integration")
            throw new TemplateException(properties["Target"]!.Line, $"The Target of the route {key} is {target}, and no integration of this template.");
        var options = ReadIntegration(integrationName, integration, apiName);
        if (IsTrue(properties["ApiKeyRequired"]))
            throw new TemplateException(properties["ApiKeyRequired"]!.Line, "API keys have no values in a template; use gateway.json with apiKeys.");
        ReadRouteResponse(routeName, properties, options);
        ReadAuthorization(key, properties, api, apiName);
        api.Routes[key] = options;
    }

    private void ReadRouteResponse(string routeName, TemplateNode properties, RouteOptions options)
    {
        var response = _resources.FirstOrDefault(resource => TypeOf(resource.Value) == "AWS::ApiGatewayV2::RouteResponse"
            && resource.Value["Properties"]?["RouteId"] is { } id && _intrinsics.Text(id, "RouteId") == routeName);
        var expression = properties["RouteResponseSelectionExpression"];
        options.RouteResponse = response.Value is not null && expression is not null;
        // AWS needs both; one alone is a mistake that is hard to see there.
        if (expression is not null && response.Value is null)
            _notes.Add($"line {expression.Line}: the route has a RouteResponseSelectionExpression and no AWS::ApiGatewayV2::RouteResponse, so it is one-way, as on AWS");
        if (expression is null && response.Value is not null)
            _notes.Add($"line {response.Value.Line}: {response.Key} has no effect, because its route has no RouteResponseSelectionExpression, as on AWS");
    }

    private void ReadAuthorization(string key, TemplateNode properties, ApiOptions api, string apiName)
    {
        var kind = properties["AuthorizationType"] is { } type ? _intrinsics.Text(type, "AuthorizationType") : "NONE";
        if (kind == "NONE")
            return;
        if (kind != "CUSTOM")
            throw new TemplateException(properties["AuthorizationType"]!.Line, $"The AuthorizationType {kind} is not supported; CUSTOM with a Lambda authorizer is.");
        if (key != "$connect")
            throw new TemplateException(properties["AuthorizationType"]!.Line, $"Only $connect can have an authorizer, not {key}.");
        var id = _intrinsics.Text(properties.Need("AuthorizerId", "The route $connect"), "AuthorizerId");
        if (!_resources.TryGetValue(id, out var authorizer) || TypeOf(authorizer) != "AWS::ApiGatewayV2::Authorizer")
            throw new TemplateException(properties["AuthorizerId"]!.Line, $"There is no authorizer {id}.");
        if (Property(authorizer, "AuthorizerType", id) != "REQUEST")
            throw new TemplateException(authorizer.Line, $"The authorizer {id} must be of the type REQUEST.");
        api.Authorizer = new AuthorizerOptions { Function = FunctionOf(authorizer["Properties"]!.Need("AuthorizerUri", id), apiName) };
        AddSources(authorizer["Properties"]!["IdentitySource"], api.Authorizer);
    }

    private RouteOptions ReadIntegration(string name, TemplateNode integration, string apiName)
    {
        var properties = integration["Properties"] ?? throw new TemplateException(integration.Line, $"{name} has no Properties.");
        var kind = Property(integration, "IntegrationType", name);
        ReadTimeout(properties["TimeoutInMillis"]);
        switch (kind)
        {
            case "AWS_PROXY":
                return new RouteOptions { Function = FunctionOf(properties.Need("IntegrationUri", name), apiName) };
            case "MOCK":
                if (_resources.Values.Any(resource => TypeOf(resource) == "AWS::ApiGatewayV2::IntegrationResponse"))
                    throw new TemplateException(integration.Line, $"{name}: mapping templates of a MOCK integration's response are not supported.");
                return new RouteOptions { Mock = "" };
            case "HTTP_PROXY":
                var route = new RouteOptions { Url = AddressOf(properties.Need("IntegrationUri", name)) };
                if (properties["RequestParameters"] is { } parameters)
                    CopyTexts(parameters, route.RequestParameters, "RequestParameters");
                return route;
            default:
                throw new TemplateException(integration.Line, $"The IntegrationType {kind} is not supported; AWS_PROXY, HTTP_PROXY and MOCK are.");
        }
    }

    private Uri AddressOf(TemplateNode node) => Uri.TryCreate(_intrinsics.Text(node, "IntegrationUri"), UriKind.Absolute, out var address)
        ? address
        : throw new TemplateException(node.Line, "The IntegrationUri is no address.");

    private void ReadTimeout(TemplateNode? milliseconds)
    {
        if (milliseconds is null)
            return;
        var limit = TimeSpan.FromMilliseconds(Number(milliseconds, "TimeoutInMillis"));
        if (_options.Limits.IntegrationTimeout != TimeSpan.FromSeconds(29) && _options.Limits.IntegrationTimeout != limit)
            throw new TemplateException(milliseconds.Line, "The integrations have different TimeoutInMillis, and the gateway has one for all.");
        _options.Limits.IntegrationTimeout = limit;
    }

    private ApiOptions ReadSamApi(string name, TemplateNode resource)
    {
        var properties = resource["Properties"] ?? throw new TemplateException(resource.Line, $"{name} has no Properties.");
        var api = new ApiOptions
        {
            ApiId = _apiIds[name],
            RouteSelectionExpression = Property(resource, "RouteSelectionExpression", name),
            Stage = properties["StageName"] is { } stage ? _intrinsics.Text(stage, "StageName") : "default",
        };
        if (properties["StageVariables"] is { } variables)
            CopyTexts(variables, api.StageVariables, "StageVariables");
        foreach (var (key, route) in properties.Need("Routes", name).Members ?? throw new TemplateException(properties.Line, "Routes must be a map."))
        {
            if (IsTrue(route["ApiKeyRequired"]))
                throw new TemplateException(route["ApiKeyRequired"]!.Line, "API keys have no values in a template; use gateway.json with apiKeys.");
            if (route["RequestModels"] is { } models)
                throw new TemplateException(models.Line, "Models are not supported.");
            if (route["IntegrationTimeout"] is { } timeout)
                ReadTimeout(timeout);
            api.Routes[key] = new RouteOptions
            {
                Function = FunctionOf(route.Need("FunctionArn", $"The route {key}"), samApi: true),
                RouteResponse = route["RouteResponseSelectionExpression"] is not null,
            };
        }

        if (properties["Auth"] is { } auth)
            ReadSamAuth(auth, api);
        if (properties["Domain"] is { } domain)
            _notes.Add($"line {domain.Line}: Domain has no effect here; see customDomain of gateway.json");
        return api;
    }

    private void ReadSamAuth(TemplateNode auth, ApiOptions api)
    {
        var kind = auth["AuthType"] is { } type ? _intrinsics.Text(type, "AuthType") : "NONE";
        if (kind == "NONE")
            return;
        if (kind != "CUSTOM")
            throw new TemplateException(auth.Line, $"The AuthType {kind} is not supported; CUSTOM with a Lambda authorizer is.");
        api.Authorizer = new AuthorizerOptions { Function = FunctionOf(auth.Need("AuthArn", "Auth"), samApi: true) };
        AddSources(auth["IdentitySource"], api.Authorizer);
    }

    private void AddSources(TemplateNode? sources, AuthorizerOptions authorizer)
    {
        if (sources is null)
            return;
        foreach (var source in _intrinsics.Evaluate(sources)?.Items ?? [])
            authorizer.IdentitySources.Add(source.NeedText("IdentitySource"));
    }

    /// <summary>The logical id of the function that an ARN or the URI of an integration names.</summary>
    private string FunctionOf(TemplateNode uri, string? api = null, bool samApi = false)
    {
        var text = _intrinsics.Text(uri, "The function");
        var name = FunctionPattern().Match(text).Groups["name"].Value;
        if (name.Length == 0 || !_resources.TryGetValue(name, out var function) || !TemplateFunctions.IsFunction(TypeOf(function)))
            throw new TemplateException(uri.Line, $"{text} is no function of this template.");
        // SAM adds the permission by itself.
        if (!samApi && !_resources.Values.Any(resource => Permits(resource, name)))
            throw new TemplateException(uri.Line, $"No AWS::Lambda::Permission lets API Gateway invoke {name}; on AWS every call of {api} to it would fail.");
        return name;
    }

    private bool Permits(TemplateNode resource, string function) =>
        TypeOf(resource) == "AWS::Lambda::Permission"
        && resource["Properties"] is { } properties
        && properties["FunctionName"] is { } name
        && _intrinsics.Text(name, "FunctionName") is var named && (named == function || named.EndsWith(":function:" + function, StringComparison.Ordinal))
        && properties["Principal"] is { } principal && _intrinsics.Text(principal, "Principal").StartsWith("apigateway.", StringComparison.Ordinal);

    private IEnumerable<(string Name, TemplateNode Resource)> OfApi(string type, string api) => _resources
        .Where(resource => TypeOf(resource.Value) == type
            && _intrinsics.Text(resource.Value["Properties"]?["ApiId"] ?? throw new TemplateException(resource.Value.Line, $"{resource.Key} has no ApiId."), "ApiId") == _apiIds[api])
        .Select(resource => (resource.Key, resource.Value));

    private string Property(TemplateNode resource, string property, string name) =>
        _intrinsics.Text((resource["Properties"] ?? resource).Need(property, name), property);

    private void CopyTexts(TemplateNode from, IDictionary<string, string> to, string what)
    {
        foreach (var (name, value) in from.Members ?? throw new TemplateException(from.Line, $"{what} must be a map."))
            to[name] = _intrinsics.Text(value, $"{what}.{name}");
    }

    private double Number(TemplateNode node, string what) =>
        double.TryParse(_intrinsics.Text(node, what), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new TemplateException(node.Line, $"{what} must be a number.");

    private bool IsTrue(TemplateNode? node) => node is not null && _intrinsics.Text(node, "A switch").Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>What <c>Ref</c> and <c>Fn::GetAtt</c> give here. Functions go by their logical ids.</summary>
    private string? Physical(string name, string? attribute)
    {
        if (!_resources.TryGetValue(name, out var resource))
            return null;
        return (TypeOf(resource), attribute) switch
        {
            (Api or SamApi, null or "ApiId") => _apiIds.GetValueOrDefault(name, name),
            (Api or SamApi, "ApiEndpoint") => $"wss://{_apiIds.GetValueOrDefault(name, name)}.execute-api.{_options.Region}.amazonaws.com",
            ("AWS::ApiGatewayV2::Stage", null) => Property(resource, "StageName", name),
            (var type, null) when type.StartsWith("AWS::ApiGatewayV2::", StringComparison.Ordinal) => name,
            (var type, null) when TemplateFunctions.IsFunction(type) => name,
            (var type, "Arn") when TemplateFunctions.IsFunction(type) => $"arn:aws:lambda:{_options.Region}:{_options.AccountId}:function:{name}",
            _ => null,
        };
    }

    /// <summary>Ten lower-case letters and digits, the same for the same name.</summary>
    private static string IdOf(string name)
    {
        var letters = string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));
        return letters.Length >= 10 ? letters[^10..] : letters.PadRight(10, '0');
    }

    private void CopyOnly(ApiOptions api)
    {
        (_options.ApiId, _options.Stage, _options.RouteSelectionExpression) = (api.ApiId, api.Stage, api.RouteSelectionExpression);
        (_options.StageVariables, _options.Routes, _options.Authorizer) = (api.StageVariables, api.Routes, api.Authorizer);
    }

    /// <summary>APIs with the same stage have different hosts on AWS; here they have a path.</summary>
    private static List<ApiOptions> DistinctPaths(Dictionary<string, ApiOptions> apis)
    {
        foreach (var (name, api) in apis)
            api.Path = name;
        return [.. apis.Values];
    }

    [GeneratedRegex(@"function:(?<name>[A-Za-z0-9]+)")]
    private static partial Regex FunctionPattern();
}
