using System.ComponentModel;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.Testing;

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
        await using var lint = Start("--ignore-checks", IgnoredRule, "--", template.Path);
        var exitCode = await lint.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(lint.Lines());
        Assert.Equal(0, exitCode);
    }

    private static ChildProcess Start(params string[] arguments)
    {
        try
        {
            return ChildProcess.Start("cfn-lint", arguments);
        }
        catch (Win32Exception)
        {
            Assert.Skip("cfn-lint is not installed here.");
            throw;
        }
    }
}
