using ChatEvents.Deploy;
using ChatEvents.Testing;

namespace ChatEvents.DeployTests;

/// <summary>One version for all programs of a checkout, which each of them can say.</summary>
public class VersionTests
{
    [Theory(Timeout = 120_000)]
    [InlineData("ChatEvents.ConnectionRegistry")]
    [InlineData("ChatEvents.FanOut")]
    [InlineData("ChatEvents.Routes")]
    [InlineData("ChatEvents.WorkerFunctions")]
    [InlineData("ChatEvents.Deploy")]
    [InlineData("ChatEvents.Admin")]
    [InlineData("ChatEvents.LocalGateway")]
    [InlineData("ChatEvents.Load")]
    [InlineData("ChatEvents.Page")]
    public async Task A_program_says_the_version_of_the_checkout(string program)
    {
        await using var process = ChildProcess.StartProgram(program, arguments: "--version");

        Assert.Equal(0, await process.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Matches($@"^{SourceTree.Version}(\+[0-9a-f]+)?$", Assert.Single(process.Lines()));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("ChatEvents.Routes")]
    [InlineData("ChatEvents.WorkerFunctions")]
    public async Task The_first_line_of_a_function_names_program_version_and_platform(string program)
    {
        await using var process = ChildProcess.StartProgram(
            program, new Dictionary<string, string?> { ["_HANDLER"] = "none", ["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:9" });

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Matches($@"^{program} {SourceTree.Version}\S* on \.NET 10\S*, \S+$", process.OutputLines()[0]);
    }
}
