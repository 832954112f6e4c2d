namespace ChatEvents.EndToEndTests.Clients;

/// <summary>The example of clients/dotnet/README.md runs, and stands there as it runs.</summary>
[Collection<OneSystemOfUsers>]
public sealed class DotnetExampleTests(RequiredTokens local)
{
    [Fact(Timeout = 120_000)]
    public async Task It_runs()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else, who saw the tokens.");
        var token = (await local.RunAdminAsync("token", "--user", "ada"))[0];
        await Examples.DotnetExample.RunAsync(local.Url.AbsoluteUri, _ => Task.FromResult<string?>(token)).WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void It_stands_in_the_page_as_it_runs()
    {
        var source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "DotnetClient", "DotnetExample.cs"));
        var example = source.Split("// The example begins here.\n")[1].Split("\n\n        // The example ends")[0];
        var lines = example.Split('\n').Select(line => line.Length == 0 ? line : line[8..]);

        Assert.Contains(
            $"```csharp\nusing ChatEvents.Client;\n\n{string.Join('\n', lines)}\n```",
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "DotnetClient", "README.md")), StringComparison.Ordinal);
    }
}
