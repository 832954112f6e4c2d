using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Integrations;
using ChatEvents.LocalGateway.Routing;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The rules for one API, at the root of the file or in <c>apis</c>.</summary>
internal static partial class ApiCheck
{
    private static readonly string[] Reserved = ["$connect", "$disconnect", "$default"];

    public static IEnumerable<OptionsFault> Faults(ApiOptions api, IReadOnlyList<string> at)
    {
        if (!ApiIdPattern().IsMatch(api.ApiId))
            yield return new([.. at, "apiId"], $"apiId must be ten lower-case letters and digits, but is '{api.ApiId}'.");
        if (!NamePattern().IsMatch(api.Stage))
            yield return new([.. at, "stage"], $"stage must be 1 to 128 letters, digits, hyphens and underscores, but is '{api.Stage}'.");
        if (api.Path.Length > 0 && !NamePattern().IsMatch(api.Path))
            yield return new([.. at, "path"], $"path must be 1 to 128 letters, digits, hyphens and underscores, but is '{api.Path}'.");
        if (api.CustomDomain is { } domain)
        {
            if (!HostPattern().IsMatch(domain.Name))
                yield return new([.. at, "customDomain", "name"], $"customDomain.name must be a host name without a port, but is '{domain.Name}'.");
            if (domain.BasePath.Length > 0 && !BasePathPattern().IsMatch(domain.BasePath))
                yield return new(
                    [.. at, "customDomain", "basePath"],
                    $"customDomain.basePath must be names with slashes between them, but is '{domain.BasePath}'.");
        }

        if (FaultOf(api.RouteSelectionExpression) is { } sentence)
            yield return new([.. at, "routeSelectionExpression"], sentence);
        foreach (var fault in api.Routes.SelectMany(route => Faults(route.Key, route.Value, api, at)))
            yield return fault;
        if (api.Authorizer is not { } authorizer)
            yield break;
        if (!FunctionPattern().IsMatch(authorizer.Function))
            yield return NoFunction([.. at, "authorizer", "function"], "The authorizer", authorizer.Function);
        foreach (var source in authorizer.IdentitySources.Where(source => IdentitySource.Parse(source) is null))
            yield return new(
                [.. at, "authorizer", "identitySources"],
                $"The identity source '{source}' must be route.request.header.NAME, route.request.querystring.NAME, stageVariables.NAME or context.NAME.");
    }

    public static bool IsFunctionName(string name) => FunctionPattern().IsMatch(name);

    private static IEnumerable<OptionsFault> Faults(string key, Configuration.RouteOptions route, ApiOptions api, IReadOnlyList<string> at)
    {
        string[] path = [.. at, "routes", key];
        if (key.StartsWith('$') && !Reserved.Contains(key))
            yield return new(
                path, $"The route key '{key}' must not begin with a dollar sign; reserved keys are $connect, $disconnect and $default.");
        var integrations = (route.Function.Length > 0 ? 1 : 0) + (route.Mock is null ? 0 : 1) + (route.Url is null ? 0 : 1);
        if (integrations > 1)
            yield return new(path, $"The route '{key}' must have one of function, mock and url, but has several.");
        if (integrations == 0 || (route.Function.Length > 0 && !FunctionPattern().IsMatch(route.Function)))
            yield return NoFunction([.. path, "function"], $"The route '{key}'", route.Function);
        if (route.RouteResponse && key is "$connect" or "$disconnect")
            yield return new([.. path, "routeResponse"], $"The route '{key}' cannot have a route response.");
        if (route.ApiKeyRequired && key != "$connect")
            yield return new([.. path, "apiKeyRequired"], $"Only $connect can require an API key, not '{key}'.");
        if (route.ApiKeyRequired && api.ApiKeys.Count == 0)
            yield return new([.. path, "apiKeyRequired"], "$connect requires an API key, but apiKeys has none.");
        if (route.Mock is { } text && MockIntegration.UnknownVariables(text).FirstOrDefault() is { } unknown)
            yield return new([.. path, "mock"], $"The mock of '{key}' has $context.{unknown}, which this gateway does not know.");
        if (route.Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
            yield return new([.. path, "url"], $"The url of '{key}' must be an http or https address, but is '{url}'.");
        foreach (var (target, source) in route.RequestParameters)
        {
            if (HttpIntegration.FindFault(target, source) is { } sentence)
                yield return new([.. path, "requestParameters", target], sentence);
        }
    }

    private static string? FaultOf(string routeSelectionExpression)
    {
        try
        {
            _ = new RouteSelector(routeSelectionExpression);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static OptionsFault NoFunction(IReadOnlyList<string> path, string who, string function) =>
        new(path, $"{who} must name a function of 1 to 64 letters, digits, hyphens and underscores, but names '{function}'.");

    [GeneratedRegex("^[a-z0-9]{10}$")]
    private static partial Regex ApiIdPattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,128}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex FunctionPattern();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")]
    private static partial Regex BasePathPattern();
}
