namespace ChatEvents.EndToEndTests.Clients;

/// <summary>The tests of <c>clients/javascript</c>, which are written in its language.</summary>
public sealed class JavaScriptClientTests
{
    [Fact(Timeout = 180_000)]
    public async Task Its_own_tests_pass()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var node = await JavaScriptClient.StartNodeAsync(
            cancellation, ["--test", "--test-concurrency=2", "--test-reporter=spec", .. JavaScriptClient.TestFiles()]);

        var exitCode = await node.WaitForExitAsync(cancellation);

        Assert.True(exitCode == 0, string.Join('\n', node.Lines()));
        Assert.Contains(node.Lines(), line => line.StartsWith("ℹ pass ", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }
}
