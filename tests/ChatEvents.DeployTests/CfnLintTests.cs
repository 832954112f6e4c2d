using System.ComponentModel;
using System.Diagnostics;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

/// <summary>AWS's own schemas, through cfn-lint, where that is installed: <c>pip install cfn-lint</c>.</summary>
public class CfnLintTests
{
    // "Dependency already enforced": the CDK writes a function's role both into Role and into DependsOn.
    private const string IgnoredRule = "W3005";

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public async Task Cfn_lint_finds_nothing(string name)
    {
        var template = Synthesized.ByName(name);
        using var lint = Start("--ignore-checks", IgnoredRule, "--", template.Path);
        var findings = await lint.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await lint.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", findings);
        Assert.Equal(0, lint.ExitCode);
    }

    private static Process Start(params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("cfn-lint", arguments) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("cfn-lint is not installed here.");
            throw;
        }
    }
}
