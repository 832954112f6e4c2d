using System.Text.RegularExpressions;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using Microsoft.Playwright;

namespace ChatEvents.EndToEndTests.Pages;

[CollectionDefinition(nameof(PageCollection))]
public sealed class PageCollection : ICollectionFixture<PageFixture>;

/// <summary>One local system with users and guests, and one browser, for all tests of the page.</summary>
public sealed partial class PageFixture : LocalSystemFixture, IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["AUTH_MODE"] = "optional" };

    /// <summary>Where a browser finds the page.</summary>
    public Uri PageUrl { get; private set; } = null!;

    public new async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Process is null) return; // the page of a system that somebody else has started may be anywhere
        var line = await Process.WaitForLineAsync(OpenLine(), TestContext.Current.CancellationToken);
        PageUrl = new Uri(OpenLine().Match(line).Groups["url"].Value);
        if (Chromium.Path is null) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    /// <summary>A token for a user, made as the operator's tool makes one.</summary>
    public async Task<string> TokenAsync(string user, string? name = null, string? role = null)
    {
        var variables = await PrintedVariablesAsync(TestContext.Current.CancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        return new SecretToken
        {
            User = user,
            Name = name,
            Role = role,
            Audience = variables["AUTH_AUDIENCE"]!,
            IssuedAt = now,
            ExpiresAt = now.AddHours(1),
        }.Sign(variables["AUTH_SECRET"]!);
    }

    /// <summary>Somebody with a browser of their own, who looks at the page.</summary>
    /// <param name="token">Signs in with it; null for who has not chosen yet.</param>
    /// <param name="options">Of the browser, such as size and colours.</param>
    /// <param name="prepare">Before the page is opened.</param>
    public async Task<Visitor> VisitAsync(string? token = null, BrowserNewContextOptions? options = null, Func<IPage, Task>? prepare = null)
    {
        Assert.SkipWhen(Process is null, "The system was started by somebody else.");
        Assert.SkipWhen(Chromium.Path is null, "No Chromium, Chrome or Edge is installed.");
        var context = await _browser!.NewContextAsync(options ?? new BrowserNewContextOptions { Locale = "en-GB" });
        var visitor = new Visitor(context, await context.NewPageAsync());
        if (prepare is not null) await prepare(visitor.Page);
        await visitor.Page.GotoAsync(PageUrl.ToString());
        if (token is not null) await visitor.UseTokenAsync(token);
        return visitor;
    }

    public new async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        await base.DisposeAsync();
    }

    [GeneratedRegex(@"^Open (?<url>http://localhost:\d+/) in a browser$", RegexOptions.ExplicitCapture)]
    private static partial Regex OpenLine();
}
