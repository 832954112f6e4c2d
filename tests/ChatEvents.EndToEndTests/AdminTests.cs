using System.Text.RegularExpressions;

namespace ChatEvents.EndToEndTests;

/// <summary>The operator's tool as a program, on the system that the README's first command starts.</summary>
[Collection<OneLocalSystem>]
public sealed partial class AdminTests(LocalSystemFixture local)
{
    [Fact(Timeout = 120_000)]
    public async Task What_the_system_prints_at_start_lets_the_tool_look_into_it_and_end_a_connection()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else, who saw what it printed.");
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var client = await ChatClient.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(1, cancellation);

        var listed = await RunAsync("connections", "list", "--output", "json");
        var id = ConnectionId().Match(string.Join('\n', listed)).Groups["id"].Value;

        Assert.Equal("1", (await RunAsync("connections", "count"))[0]);
        Assert.Contains(await RunAsync("connections", "show", id), line => line.EndsWith("open", StringComparison.Ordinal));
        Assert.Contains(await RunAsync("connections", "disconnect", id, "--yes"), line => line.EndsWith('1'));
        await local.Servers.UntilRegisteredAsync(0, cancellation);
    }

    private Task<IReadOnlyList<string>> RunAsync(params string[] args) => local.RunAdminAsync(args);

    [GeneratedRegex("\"connectionId\":\"(?<id>[^\"]+)\"")]
    private static partial Regex ConnectionId();
}
