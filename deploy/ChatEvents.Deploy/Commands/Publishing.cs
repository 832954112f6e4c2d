using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Functions;

namespace ChatEvents.Deploy.Commands;

/// <summary>
/// Publishes the packages that a deployment needs. The programs bring their own precompiled .NET, for the runtime
/// <c>provided.al2023</c>.
/// </summary>
internal sealed class Publishing(ChatConfig config)
{
    private string Runtime => $"linux-{config.Architecture.ToString().ToLowerInvariant()}";

    /// <summary>The projects, and the packages that become of them.</summary>
    public IReadOnlyList<(string Project, string Package)> Packages => config.Workers == WorkerHosting.Lambda
        ? [("ChatEvents.Routes", config.RoutesPackage), ("ChatEvents.WorkerFunctions", config.WorkersPackage)]
        : [("ChatEvents.Routes", config.RoutesPackage)];

    public void PublishAll() => Packages.ToList().ForEach(package => Publish(package.Project, package.Package));

    public void PublishWhatIsMissing()
    {
        foreach (var (project, package) in Packages)
        {
            try
            {
                PublishedPackage.Require(PathOf(package), config.Architecture, SourceDigest.OfCheckout);
            }
            catch (InvalidConfigException)
            {
                Publish(project, package);
            }
        }
    }

    private void Publish(string project, string package)
    {
        var folder = Path.Combine(SourceTree.Root, "artifacts", "publish", project);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);

        // By the lock file first: the graph of a publish for one processor, which has more of the SDK's own packages, has none.
        Tool.Run("dotnet", "restore", $"lambdas/{project}", "--locked-mode");
        Tool.Run(
            "dotnet", "publish", $"lambdas/{project}", "--configuration", "Release", "--runtime", Runtime, "--self-contained",
            "--output", folder, "-p:DebugType=none", "-p:PublishDocumentationFiles=false", "-p:PublishReferencesDocumentationFiles=false");
        File.Move(Path.Combine(folder, project), Path.Combine(folder, PublishedPackage.Executable));
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(package))!);
        PublishedPackage.Pack(folder, PathOf(package), SourceDigest.OfCheckout);
        Console.WriteLine($"{PathOf(package)}: {new FileInfo(PathOf(package)).Length / 1_000_000} MB for {Runtime}");
    }

    private static string PathOf(string package) => Path.GetFullPath(package, SourceTree.Root);
}
