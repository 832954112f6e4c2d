using System.Text.Json.Nodes;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Site;
using ChatEvents.Page;

namespace ChatEvents.Deploy.Commands;

/// <summary>Everything from a checkout to a running chat.</summary>
internal sealed class Deployment(ChatConfig config, bool bootstrap, bool yes)
{
    private static readonly string Artifacts = Path.Combine(SourceTree.Root, "artifacts");

    private static readonly string Assembly = Path.Combine(Artifacts, "cdk.out");

    private static readonly string Outputs = Path.Combine(Artifacts, "outputs.json");

    public void Run()
    {
        CheckTools();
        new Publishing(config).PublishWhatIsMissing();
        var (stack, _) = Synthesis.Run(config, Assembly);
        if (bootstrap) Bootstrap();
        Tool.Run(
            "npx",
            [
                "--yes", Tool.Cdk, "deploy", "--app", Assembly, "--outputs-file", Outputs,
                .. yes ? (string[])["--require-approval", "never"] : [],
            ]);
        var outputs = JsonNode.Parse(File.ReadAllText(Outputs))![stack]!.AsObject();
        if (config.Site) PutSite(outputs);
        Report(outputs);
    }

    /// <summary>Better before minutes of building than after them.</summary>
    private void CheckTools()
    {
        Require("npx", "--version");
        if (BuildsImages) Require("docker", "buildx", "version");
        Require("aws", "sts", "get-caller-identity");

        static void Require(string program, params string[] arguments)
        {
            if (Tool.Try(program, arguments) is (not 0, var reason))
                throw new DeployException($"{program} {string.Join(' ', arguments)} fails: {reason}");
        }
    }

    private bool BuildsImages => config is { Workers: WorkerHosting.Ecs, Images: null };

    /// <summary>Once per account and region: the CDK's own stack, and the role by which ECS acts, which a new account lacks.</summary>
    private void Bootstrap()
    {
        Tool.Run("npx", "--yes", Tool.Cdk, "bootstrap", "--app", Assembly);
        if (config.Workers != WorkerHosting.Ecs) return;
        foreach (var service in (string[])["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"])
        {
            var (exitCode, error) = Tool.Try("aws", "iam", "create-service-linked-role", "--aws-service-name", service);
            if (exitCode != 0 && !error.Contains("has been taken", StringComparison.Ordinal))
                throw new DeployException($"The service-linked role of {service} cannot be created: {error}");
        }
    }

    /// <summary>By type, because what <c>aws</c> takes for the type of a script depends on the machine.</summary>
    private void PutSite(JsonObject outputs)
    {
        var folder = Path.Combine(Artifacts, "site");
        SiteFiles.Write(folder, SiteFiles.SettingsOf(config, $"{outputs[ChatStack.WebSocketUrl]}"));
        foreach (var (extension, contentType) in SiteFiles.ContentTypes)
        {
            Tool.Run(
                "aws", "s3", "sync", folder, $"s3://{outputs[ChatStack.SiteBucket]}", "--exclude", "*", "--include", $"*{extension}", "--delete",
                "--content-type", contentType, "--cache-control", PagePolicy.CacheControl, "--only-show-errors");
        }
    }

    private static void Report(JsonObject outputs)
    {
        Console.WriteLine();
        foreach (var (name, value) in outputs) Console.WriteLine($"{name}: {value}");
        if (outputs[ChatStack.SiteUrl] is { } site) Console.WriteLine($"\nTo talk: open {site} in a browser");
        Console.WriteLine($$"""

            To talk: npx wscat -c {{outputs[ChatStack.WebSocketUrl]}}
            To look into it:
              {{OperatorsLine($"{outputs[ChatStack.AdminEnvironment]}")}}
              dotnet run --project services/ChatEvents.Admin -- connections list
            """);
    }

    /// <summary>The variables in the way that this machine's usual shell sets them.</summary>
    private static string OperatorsLine(string environment) => OperatingSystem.IsWindows()
        ? string.Join("; ", environment.Split(' ').Select(variable => $"$env:{variable.Replace("=", "='", StringComparison.Ordinal)}'"))
        : $"export {environment}";
}
