using ChatEvents.Conformance;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Templates;
using Microsoft.AspNetCore.Builder;

namespace ChatEvents.GatewayTests;

/// <summary>
/// The conformance suite as it would ask AWS: the template and the functions that a user deploys, which report through the target itself, and
/// signed calls. The gateway stands in for AWS, and checks every signature.
/// </summary>
public sealed class DeployedConformanceTests : IAsyncDisposable
{
    private const string Region = "eu-central-1";

    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Fact(Timeout = 240_000)]
    public async Task Deployed_functions_are_observed_and_calls_are_signed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await DeployAsync(cancellation);
        var main = StageOf(gateway, "Main/main");
        var seen = new SeenEvents();
        await using var observer = await Observer.StartAsync(main, seen, cancellation);
        var target = new TargetOptions
        {
            Main = main,
            Authorized = StageOf(gateway, "Authorized/auth"),
            Observer = observer.Id,
            Signing = new SigningKeys(Region, "local", "local", SessionToken: null),
            AnswersAreRaw = false,
            Patience = TimeSpan.FromSeconds(20), // functions start
        };
        // What a gateway does with frames is asked elsewhere; here it is what passes through functions and @connections.
        var rules = AllRules.Listed.Where(rule => rule.Group is "post" or "get" or "delete" or "gone" or "invalid" or "forbidden" or "connect" or "authorizer").ToArray();

        var findings = await new Suite(target, seen, TimeProvider.System).AskAsync(rules, parallel: 4, cancellation);

        Assert.Equal("", string.Join('\n', findings.Where(finding => finding.Verdict == Verdict.No).Select(finding => $"{finding.Rule.Id}: {finding.Detail}")));
        Assert.True(findings.Count(finding => finding.Verdict == Verdict.Yes) >= 60, $"{findings.Count(finding => finding.Verdict == Verdict.Yes)} of {findings.Count}");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_call_that_nobody_signed_or_with_other_keys_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await DeployAsync(cancellation);
        var rule = AllRules.Listed.Where(rule => rule.Id == "gone.type").ToArray();
        var signed = new TargetOptions { Main = StageOf(gateway, "Main/main"), Signing = new SigningKeys(Region, "local", "local", "a session's token") };

        Assert.Equal(Verdict.Yes, await AskAsync(signed));
        Assert.Equal(Verdict.No, await AskAsync(signed with { Signing = null }));
        Assert.Equal(Verdict.No, await AskAsync(signed with { Signing = signed.Signing with { SecretAccessKey = "another" } }));
        Assert.Equal(Verdict.No, await AskAsync(signed with { Signing = signed.Signing with { Region = "us-east-1" } }));

        async Task<Verdict> AskAsync(TargetOptions target) =>
            (await new Suite(target, new SeenEvents(), TimeProvider.System).AskAsync(rule, parallel: 1, cancellation))[0].Verdict;
    }

    [Fact]
    public void Keys_come_from_the_variables_that_the_command_line_of_AWS_writes()
    {
        var variables = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "id", ["AWS_SECRET_ACCESS_KEY"] = "secret", ["AWS_SESSION_TOKEN"] = "token" };

        Assert.Equal(new SigningKeys("eu-west-1", "id", "secret", "token"), SigningKeys.FromEnvironment("eu-west-1", variables.GetValueOrDefault));
        variables.Remove("AWS_SECRET_ACCESS_KEY");
        Assert.Contains(
            "--sign needs AWS_SECRET_ACCESS_KEY",
            Assert.Throws<FormatException>(() => SigningKeys.FromEnvironment("eu-west-1", variables.GetValueOrDefault)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The template as it is deployed; the keys are those that the gateway gives to functions where there are no others.</summary>
    private async Task<WebApplication> DeployAsync(CancellationToken cancellation)
    {
        var deployed = Path.Combine(Repository.Root, "tests", "ChatEvents.Conformance", "Deployed");
        foreach (var file in (string[])["template.yaml", "app.js"])
            _project.Write(file, await File.ReadAllTextAsync(Path.Combine(deployed, file), cancellation));
        await _project.LinkNodePackagesAsync();
        var (options, _) = TemplateFile.Read(Path.Combine(_project.Folder, "template.yaml"), new TemplateReading());
        options.Port = 0;
        options.Tls.Folder = TestGateway.CertificateFolder;
        options.Signing.Keys["local"] = "local";
        var gateway = GatewayHost.Build(options);
        await gateway.StartAsync(cancellation);
        return gateway;
    }

    private static Uri StageOf(WebApplication gateway, string path) => new($"ws://localhost:{new Uri(gateway.Urls.First()).Port}/{path}");
}
