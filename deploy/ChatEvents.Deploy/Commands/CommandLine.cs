using System.CommandLine;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Commands;

/// <summary>A deployment, or one of its steps. The exit code is 0 when it is done, and 1 when it is not and one sentence says why.</summary>
internal static class CommandLine
{
    public static int Run(string[] args)
    {
        var arguments = Create().Parse(args);
        if (arguments.Errors is [var wrong, ..])
        {
            Console.Error.WriteLine(wrong.Message);
            return 1;
        }

        try
        {
            return arguments.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception refused) when (refused is InvalidConfigException or DeployException)
        {
            Console.Error.WriteLine(refused.Message);
            return 1;
        }
    }

    private static RootCommand Create()
    {
        var file = new Argument<string>("config")
        {
            Description = "The choices. Default: deploy/chat.json",
            DefaultValueFactory = _ => Path.Combine(SourceTree.Root, "deploy", "chat.json"),
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Says what would be done, and what it costs a month. Needs no account." };
        var bootstrap = new Option<bool>("--bootstrap") { Description = "Prepares the account first; needed once per account and region." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Deploys without asking, also where rights widen." };

        var publish = new Command("publish", "Publishes the function packages for the configured processor.") { file };
        publish.SetAction(parsed => new Publishing(Config(parsed)).PublishAll());
        var synth = new Command("synth", "Writes the template; what \"cdk\" runs.") { file };
        synth.SetAction(parsed =>
        {
            var folder = Environment.GetEnvironmentVariable("CDK_OUTDIR") ?? Path.Combine(SourceTree.Root, "artifacts", "cdk.out");
            var (stack, template) = Synthesis.Run(Config(parsed), folder);
            Console.WriteLine($"{stack} is synthesized as {template}.");
        });
        var deploy = new RootCommand("Deploys ChatEvents to AWS: publishes functions, builds images, and deploys them with the credentials of your shell.")
        {
            file, dryRun, bootstrap, yes, publish, synth,
        };
        deploy.SetAction(parsed =>
        {
            if (parsed.GetValue(dryRun)) new DryRun(Config(parsed)).Run();
            else new Deployment(Config(parsed), parsed.GetValue(bootstrap), parsed.GetValue(yes)).Run();
        });
        return deploy;

        ChatConfig Config(ParseResult parsed) => ChatConfigFile.Read(parsed.GetValue(file)!);
    }
}
