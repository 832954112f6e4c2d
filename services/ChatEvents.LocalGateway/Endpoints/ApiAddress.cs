using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Where an API answers: below a path, on any host of the gateway or on one.</summary>
internal sealed record ApiAddress(string Path, string? Host = null, bool IsCustomDomain = false)
{
    /// <summary>The path and stage, the host of the API as on AWS, and the custom domain.</summary>
    /// <param name="api">The API.</param>
    /// <param name="region">Part of its host on AWS.</param>
    /// <param name="isOnly">The only API of the gateway answers on every host anyway.</param>
    public static IEnumerable<ApiAddress> Of(ApiOptions api, string region, bool isOnly)
    {
        var path = api.Path.Length > 0 ? $"/{api.Path}/{api.Stage}" : $"/{api.Stage}";
        yield return new ApiAddress(path);
        if (!isOnly || api.Path.Length > 0)
        {
            yield return new ApiAddress($"/{api.Stage}", $"{api.ApiId}.execute-api.{region}.localhost");
            yield return new ApiAddress($"/{api.Stage}", HostOnAws(api, region));
        }

        if (api.CustomDomain is { } domain)
            yield return new ApiAddress(domain.BasePath.Length > 0 ? $"/{domain.BasePath}" : "", domain.Name, IsCustomDomain: true);
    }

    /// <summary>Handlers may build this name themselves; the runtime loop for Node connects it to the gateway.</summary>
    public static string HostOnAws(ApiOptions api, string region) => $"{api.ApiId}.execute-api.{region}.amazonaws.com";

    /// <summary>Paths are case-sensitive on AWS, unlike in ASP.NET's routing.</summary>
    public bool IsPrefixOf(HttpRequest request) => (request.Path.Value ?? "").StartsWith(Path, StringComparison.Ordinal);

    public override string ToString() => Host + (Path.Length > 0 ? Path : "/");
}
