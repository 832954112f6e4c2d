using System.Text.Json;
using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Functions;
using ChatEvents.Testing;

namespace ChatEvents.DeployTests;

/// <summary><c>deploy/deploy</c> as a program, between stand-ins of the tools that it runs.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-deploy-").FullName;

    // From its own folder: beside the tests it lacks what they get from the framework of their workers.
    private static readonly string Program = Path.Combine(
        SourceTree.Root, "deploy", "ChatEvents.Deploy", "bin", Configuration, "net10.0", "ChatEvents.Deploy.dll");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private string Calls => Path.Combine(_folder, "calls");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 300_000)]
    public async Task A_dry_run_says_what_it_would_do_and_what_a_month_costs_in_all()
    {
        var (exitCode, lines) = await RunAsync(
            TestContext.Current.CancellationToken, Config("""{ "stage": "try", "network": { "kind": "public" } }"""), "--dry-run");

        Assert.Equal(0, exitCode);
        Assert.Contains("chat-try would be deployed to the account and region of your credentials:", lines);
        Assert.Contains(lines, line => line.Contains("publish ChatEvents.Routes for linux-arm64", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("build the images connection-registry and fan-out for arm64", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  addresses of 2 tasks", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  in all ", StringComparison.Ordinal));
        Assert.False(File.Exists(Calls), "A dry run must not run anything.");
    }

    [Fact(Timeout = 300_000)]
    public async Task One_command_prepares_the_account_deploys_and_says_where_the_chat_is()
    {
        StandIn("npx", """
            case "$*" in *outputs-file*) cat > "$(echo "$*" | sed 's/.*--outputs-file \([^ ]*\).*/\1/')" <<OUTPUTS
            { "chat-try": { "WebSocketUrl": "wss://abc.example/try", "DashboardUrl": "https://dashboard.example", "AdminEnvironment": "A=1 B=2" } }
            OUTPUTS
            esac
            """);
        StandIn("docker");
        StandIn("aws", """case "$*" in *" ecs.amazonaws.com") echo "Service role name AWSServiceRoleForECS has been taken" >&2; exit 254;; esac""");
        var package = Path.Combine(_folder, "routes.zip");
        PublishedPackage.WritePlaceholder(package, CpuArchitecture.Arm64, SourceDigest.OfCheckout);

        var (exitCode, lines) = await RunAsync(
            TestContext.Current.CancellationToken,
            Config($$"""{ "stage": "try", "routesPackage": {{JsonSerializer.Serialize(package)}} }"""), "--bootstrap", "--yes");

        Assert.Equal("", string.Join('\n', lines.Where(line => line.StartsWith("The ", StringComparison.Ordinal))));
        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "npx --version",
                "docker buildx version",
                "aws sts get-caller-identity",
                "npx --yes aws-cdk@* bootstrap --app artifacts/cdk.out",
                "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",
                "aws iam create-service-linked-role --aws-service-name ecs.application-autoscaling.amazonaws.com",
                "npx --yes aws-cdk@* deploy --app artifacts/cdk.out --outputs-file artifacts/outputs.json --require-approval never",
            ],
            File.ReadAllLines(Calls).Select(Shortened));
        Assert.Contains("DashboardUrl: https://dashboard.example", lines);
        Assert.Contains("To talk: npx wscat -c wss://abc.example/try", lines);
        Assert.Contains("  export A=1 B=2", lines);
    }

    [Fact(Timeout = 300_000)]
    public async Task The_page_is_put_into_its_bucket_with_the_address_of_the_chat_and_each_file_with_its_type()
    {
        StandIn("npx", """
            case "$*" in *outputs-file*) cat > "$(echo "$*" | sed 's/.*--outputs-file \([^ ]*\).*/\1/')" <<OUTPUTS
            { "chat-page": { "WebSocketUrl": "wss://abc.example/page", "SiteUrl": "https://d1.example/", "SiteBucket": "files", "AdminEnvironment": "A=1" } }
            OUTPUTS
            esac
            """);
        StandIn("aws", $"""case "$*" in *sync*) cp -r "$3" '{Path.Combine(_folder, "put")}' 2>/dev/null;; esac""");
        var package = Path.Combine(_folder, "packages.zip");
        PublishedPackage.WritePlaceholder(package, CpuArchitecture.Arm64, SourceDigest.OfCheckout);
        var path = JsonSerializer.Serialize(package);

        var (exitCode, lines) = await RunAsync(
            TestContext.Current.CancellationToken,
            Config($$"""
                { "stage": "page", "workers": "lambda", "site": true, "routesPackage": {{path}}, "workersPackage": {{path}},
                  "auth": { "mode": "required", "issuer": "https://login.example.com/", "audience": ["web"], "clientId": "web" } }
                """),
            "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("To talk: open https://d1.example/ in a browser", lines);
        Assert.Equal(
            (string[])[".css text/css; charset=utf-8", ".js text/javascript; charset=utf-8", ".json application/json", ".svg image/svg+xml", ".html text/html; charset=utf-8"],
            File.ReadAllLines(Calls).Where(call => call.Contains("sync", StringComparison.Ordinal)).Select(call => System.Text.RegularExpressions.Regex.Replace(
                call, @"^aws s3 sync \S+ s3://files --exclude \* --include \*(\.\w+) --delete --content-type (.+) --cache-control no-cache --only-show-errors$", "$1 $2")));
        var files = Path.Combine(_folder, "put");
        Assert.Equal(
            """{"url":"wss://abc.example/page","auth":{"mode":"required","issuer":"https://login.example.com/","clientId":"web","audience":["web"]}}""",
            await File.ReadAllTextAsync(Path.Combine(files, "config.json"), TestContext.Current.CancellationToken));
        Assert.All((string[])["index.html", "main.js", "chatevents.js", "state/talk.js"], file => Assert.True(File.Exists(Path.Combine(files, file)), file));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(files, "*", SearchOption.AllDirectories), file => !Path.GetExtension(file).Equals(".html", StringComparison.Ordinal) && Path.GetExtension(file) is not (".css" or ".js" or ".json" or ".svg"));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_tool_that_is_missing_is_said_before_anything_is_built()
    {
        StandIn("npx");
        StandIn("docker", "echo 'docker: unknown command: docker buildx' >&2; exit 1");

        var (exitCode, lines) = await RunAsync(TestContext.Current.CancellationToken, Config("""{ "stage": "try" }"""));

        Assert.Equal(1, exitCode);
        Assert.Equal(["docker buildx version fails: docker: unknown command: docker buildx"], lines);
    }

    [Fact(Timeout = 300_000)]
    public async Task Credentials_that_are_missing_are_said_before_anything_is_built()
    {
        StandIn("npx");
        StandIn("aws", "echo 'Unable to locate credentials.' >&2; exit 253");

        var (exitCode, lines) = await RunAsync(
            TestContext.Current.CancellationToken, Config("""{ "workers": "lambda", "stage": "try" }"""));

        Assert.Equal(1, exitCode);
        Assert.Equal(["aws sts get-caller-identity fails: Unable to locate credentials."], lines);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_deployment_that_fails_ends_with_one_sentence()
    {
        StandIn("npx", """case "$*" in *deploy*) echo "it is not allowed"; exit 1;; esac""");
        StandIn("aws");
        var package = Path.Combine(_folder, "packages.zip");
        PublishedPackage.WritePlaceholder(package, CpuArchitecture.X64, SourceDigest.OfCheckout);
        var path = JsonSerializer.Serialize(package);

        var (exitCode, lines) = await RunAsync(
            TestContext.Current.CancellationToken,
            Config($$"""{ "workers": "lambda", "architecture": "x64", "routesPackage": {{path}}, "workersPackage": {{path}} }"""));

        Assert.Equal(1, exitCode);
        Assert.Equal("npx failed with exit code 1; what it said is above.", lines[^1]);
    }

    [Fact(Timeout = 300_000)]
    public async Task The_program_says_what_is_wrong_in_one_line_and_fails()
    {
        var (exitCode, lines) = await RunAsync(TestContext.Current.CancellationToken, "no-such.json");

        Assert.Equal(1, exitCode);
        Assert.Equal(["The configuration no-such.json does not exist."], lines);
    }

    private async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var program = ChildProcess.Start(
            "dotnet",
            [Program, .. arguments],
            environment: new Dictionary<string, string?> { ["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}" });
        var exitCode = await program.WaitForExitAsync(cancellation);
        return (exitCode, program.Lines());
    }

    private string Config(string json)
    {
        var path = Path.Combine(_folder, "chat.json");
        File.WriteAllText(path, json);
        return path;
    }

    /// <summary>A tool that notes how it was called. The CDK's own Node process does not go by way of npx.</summary>
    private void StandIn(string tool, string script = "")
    {
        var path = Path.Combine(_folder, tool);
        File.WriteAllText(path, $"#!/bin/sh\necho {tool} \"$*\" >> '{Calls}'\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static string Shortened(string call) => System.Text.RegularExpressions.Regex.Replace(
        call.Replace(SourceTree.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal), @"aws-cdk@\d\S+", "aws-cdk@*");
}
