using Microsoft.Playwright;

namespace ChatEvents.Testing;

/// <summary>A real browser, of this machine: the tests bring none along. Also compiled into the end-to-end tests.</summary>
internal static class Chromium
{
    /// <summary>Where Debian, Ubuntu, Fedora and macOS have one.</summary>
    private static readonly string[] Paths =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/microsoft-edge",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];

    /// <summary>Nothing here may look for anything outside this machine.</summary>
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    /// <summary>Null if there is none.</summary>
    public static string? Path { get; } = Array.Find(Paths, File.Exists);

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        Assert.SkipWhen(Path is null, "No Chromium, Chrome or Edge is installed.");
        return playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Args = Arguments });
    }
}
