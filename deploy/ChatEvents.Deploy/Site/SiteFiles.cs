using ChatEvents.Deploy.Configuration;
using ChatEvents.Page;

namespace ChatEvents.Deploy.Site;

/// <summary>The files of the page as they go into its bucket, with the settings of this deployment among them.</summary>
internal static class SiteFiles
{
    /// <summary>By extension. The page last, so that nobody gets a new one with old scripts.</summary>
    public static IReadOnlyList<(string Extension, string ContentType)> ContentTypes { get; } = [.. PagePolicy.ContentTypes.OrderBy(type => type.Extension == ".html")];

    /// <param name="config">The deployment.</param>
    /// <param name="webSocketUrl">Where clients connect.</param>
    public static PageSettings SettingsOf(ChatConfig config, string webSocketUrl) => new()
    {
        Url = webSocketUrl,
        Auth = !config.Auth.HasAuthorizer ? new PageAuth() : new PageAuth
        {
            Mode = config.Auth.Mode.ToString().ToLowerInvariant(),
            Issuer = config.Auth.Issuer,
            ClientId = config.Auth.ClientId,
            Audience = config.Auth.Audience,
            SignInOrigins = config.Auth.SignInOrigins,
        },
    };

    /// <summary>Writes them anew into this folder.</summary>
    public static void Write(string folder, PageSettings settings)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        var site = Path.Combine(SourceTree.Root, "clients", "web", "site");
        foreach (var file in Directory.EnumerateFiles(site, "*", SearchOption.AllDirectories)) Copy(file, Path.GetRelativePath(site, file));
        Copy(Path.Combine(SourceTree.Root, "clients", "javascript", "chatevents.js"), "chatevents.js");
        File.WriteAllText(Path.Combine(folder, PageSettings.File), settings.ToJson());

        void Copy(string from, string name)
        {
            var to = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
        }
    }
}
