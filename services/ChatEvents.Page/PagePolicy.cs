namespace ChatEvents.Page;

/// <summary>The headers that the page is served with, wherever it is.</summary>
internal static class PagePolicy
{
    public const string CacheControl = "no-cache"; // asked for each time, and answered with 304: no file name changes with its content

    /// <summary>Of every file of the page, by extension.</summary>
    public static IReadOnlyList<(string Extension, string ContentType)> ContentTypes { get; } =
    [
        (".css", "text/css; charset=utf-8"),
        (".html", "text/html; charset=utf-8"),
        (".js", "text/javascript; charset=utf-8"),
        (".json", "application/json"),
        (".svg", "image/svg+xml"),
    ];

    /// <summary>Those for which CloudFront has no setting of its own.</summary>
    public static IReadOnlyDictionary<string, string> MoreHeaders { get; } = new Dictionary<string, string>
    {
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
        ["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    };

    /// <summary>
    /// Nothing from elsewhere, nothing inline, no markup from text, no frame around it; connections to the chat and the provider only.
    /// </summary>
    public static string ContentSecurityPolicy(PageSettings settings) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        + $"connect-src {string.Join(' ', Connects(settings).Distinct())}; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static IEnumerable<string> Connects(PageSettings settings) =>
        [
            "'self'",
            .. OriginOf(settings.Url),
            .. settings.Auth is { Issuer: { } issuer, ClientId: not null } ? OriginOf(issuer) : [],
            .. settings.Auth.SignInOrigins,
        ];

    /// <summary>None of a path, and the text as it is where CloudFormation puts the host in later.</summary>
    private static IEnumerable<string> OriginOf(string url)
    {
        var host = url.IndexOf("://", StringComparison.Ordinal);
        if (host < 0) return url.StartsWith('/') ? [] : [url];
        var path = url.IndexOf('/', host + 3);
        return [path < 0 ? url : url[..path]];
    }
}
