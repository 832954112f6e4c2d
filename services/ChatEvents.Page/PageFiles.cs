using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace ChatEvents.Page;

/// <summary>
/// The files of the page, answered from memory: what is not among them by its exact path is not there, whatever the path looks like.
/// </summary>
public sealed class PageFiles
{
    private const string Index = "index.html";

    private static readonly Dictionary<string, string> ContentTypes = PagePolicy.ContentTypes.ToDictionary();

    private readonly Dictionary<string, PageFile> _files;
    private readonly Func<HttpContext, PageSettings> _settings;

    private PageFiles(Dictionary<string, PageFile> files, Func<HttpContext, PageSettings> settings) => (_files, _settings) = (files, settings);

    /// <param name="settings">What the page is told; it may depend on who asks.</param>
    internal static PageFiles Read(Func<HttpContext, PageSettings> settings)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "site");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            path => "/" + Path.GetRelativePath(folder, path).Replace('\\', '/'),
            path => new PageFile(File.ReadAllBytes(path), ContentTypes[Path.GetExtension(path)]));
        files["/"] = files["/" + Index];
        return new PageFiles(files, settings);
    }

    /// <summary>Answers the request and returns true, if it is for a file of the page.</summary>
    public async Task<bool> AnswersAsync(HttpContext http)
    {
        var request = http.Request;
        if (request.Headers.Upgrade.Count > 0 || FileAt(http) is not { } file) return false;
        var headers = http.Response.Headers;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            headers.Allow = "GET, HEAD";
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return true;
        }

        headers.ContentSecurityPolicy = PagePolicy.ContentSecurityPolicy(_settings(http));
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        foreach (var (name, value) in PagePolicy.MoreHeaders) headers[name] = value;
        headers.XFrameOptions = "DENY";
        headers.CacheControl = PagePolicy.CacheControl;
        headers.ETag = file.Tag;
        if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(tag => tag.Tag == file.Tag || tag.Tag == "*"))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }

        http.Response.ContentType = file.ContentType;
        http.Response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(request.Method)) await http.Response.Body.WriteAsync(file.Content, http.RequestAborted);
        return true;
    }

    private PageFile? FileAt(HttpContext http) => http.Request.Path == "/" + PageSettings.File
        ? new PageFile(System.Text.Encoding.UTF8.GetBytes(_settings(http).ToJson()), ContentTypes[".json"])
        : _files.GetValueOrDefault(http.Request.Path.Value ?? "");

    private sealed record PageFile(byte[] Content, string ContentType)
    {
        public string Tag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Content))[..20]}\"";
    }
}
