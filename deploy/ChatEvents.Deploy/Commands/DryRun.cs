using System.Globalization;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Costs;
using ChatEvents.Deploy.Functions;

namespace ChatEvents.Deploy.Commands;

/// <summary>Says what a deployment would do and cost. It builds nothing and asks no account.</summary>
internal sealed class DryRun(ChatConfig config)
{
    public void Run()
    {
        var folder = Directory.CreateTempSubdirectory("chat-dry-run-").FullName;
        try
        {
            // The template does not depend on what is in the packages.
            var package = Path.Combine(folder, "package.zip");
            PublishedPackage.WritePlaceholder(package, config.Architecture, SourceDigest.OfCheckout);
            var (stack, template) = Synthesis.Run(config with { RoutesPackage = package, WorkersPackage = package }, Path.Combine(folder, "cdk.out"));
            Print(stack, MonthlyCosts.Of(config, template));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Print(string stack, MonthlyCosts costs)
    {
        Console.WriteLine($"{stack} would be deployed to the account and region of your credentials:");
        foreach (var step in Steps()) Console.WriteLine($"  - {step}");

        Console.WriteLine("A month costs while nobody is there, in USD (list prices of us-east-1, November 2026, before any free tier):");
        foreach (var line in costs.Lines) Console.WriteLine(Row(line.What, line.Dollars));
        Console.WriteLine(Row("in all", costs.Total));
        Console.WriteLine("""
            Use adds 1.00 per million messages in and out, and 0.25 per million minutes of connections: 5,000 messages a day to 300 people
            are 45 million posts, 45 USD a month. docs/deploy.md has the rest.
            """);
    }

    private IEnumerable<string> Steps()
    {
        var processor = config.Architecture.ToString().ToLowerInvariant();
        foreach (var (project, package) in new Publishing(config).Packages)
            yield return $"publish {project} for linux-{processor} as {package}, unless it is there and of these sources";
        if (config is { Workers: WorkerHosting.Ecs, Images: null })
            yield return $"build the images connection-registry and fan-out for {processor}, and push them to the account's ECR";
        yield return $"{Tool.Cdk} deploy: it asks before it widens rights, unless --yes is given";
        if (config.Site) yield return "put the page, with the address of the chat, into its bucket";
        yield return "print the address of the chat, the dashboard, and the line that points the operator's tool at it";
    }

    private static string Row(string what, decimal dollars) =>
        string.Create(CultureInfo.InvariantCulture, $"  {what,-52}{dollars,9:0.00}");
}
