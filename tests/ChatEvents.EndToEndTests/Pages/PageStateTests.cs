using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>The tests of <c>clients/web</c>, which are written in its language: what the page knows, without a document.</summary>
public sealed class PageStateTests
{
    [Fact(Timeout = 120_000)]
    public async Task Its_own_tests_pass()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Path.Combine(AppContext.BaseDirectory, "WebPage");
        var files = Directory.EnumerateFiles(Path.Combine(folder, "test"), "*.test.js").Order(StringComparer.Ordinal);
        await using var node = ChildProcess.Start("node", ["--test", "--test-reporter=spec", .. files], folder);

        var exitCode = await node.WaitForExitAsync(cancellation);

        Assert.True(exitCode == 0, string.Join('\n', node.Lines()));
        Assert.Contains(node.Lines(), line => line.StartsWith("ℹ pass ", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }
}
