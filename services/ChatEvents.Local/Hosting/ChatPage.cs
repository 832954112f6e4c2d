using System.Net;
using ChatEvents.Page;

namespace ChatEvents.Local.Hosting;

/// <summary>
/// Serves the page from the gateway's own port, before the gateway sees the request. So a link from anywhere leads to it, also the way back
/// from where one signs in, while the gateway answers no other site's pages.
/// </summary>
internal sealed class ChatPage(LocalSettings settings, IReadOnlyDictionary<string, string> tokens) : IStartupFilter
{
    private static readonly string[] Loopback = [LocalSettings.Localhost, "127.0.0.1", "[::1]"];

    private readonly PageSettings _ofOthers = new()
    {
        Url = "/" + LocalSettings.Stage,
        Auth = PageEnvironment.Auth(settings.Auth, LocalSettings.Variable),
    };

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next)
    {
        var page = PageFiles.Read(SettingsFor);
        return app =>
        {
            app.Use(async (http, gateway) =>
            {
                if (!await page.AnswersAsync(http)) await gateway(http);
            });
            next(app);
        };
    }

    /// <summary>
    /// The ready tokens are for who sits at this machine. A page of another site cannot read them, also not with a name of its own that leads here.
    /// </summary>
    private PageSettings SettingsFor(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } client && IPAddress.IsLoopback(client) && Loopback.Contains(http.Request.Host.Host)
            ? _ofOthers with { Tokens = tokens }
            : _ofOthers;
}
