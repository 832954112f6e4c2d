using ChatEvents.Local.Emulators;
using Microsoft.Playwright;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>Looks for barriers in a page: colours without contrast, fields without labels, and some ninety more.</summary>
internal static class Axe
{
    private static string? _source;

    public static async Task FindsNothingAsync(IPage page)
    {
        _source ??= await ReadAsync();
        await page.EvaluateAsync(_source);
        var found = await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run()).violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary}`))
            """);
        Assert.Empty(found);
    }

    private static async Task<string> ReadAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var packages = await NodePackages.InstallAsync("Node", "axe", _ => { }, TimeProvider.System, cancellation);
        return await File.ReadAllTextAsync(Path.Combine(packages.Directory, "node_modules", "axe-core", "axe.min.js"), cancellation);
    }
}
