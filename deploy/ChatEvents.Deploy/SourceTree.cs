using System.Reflection;

namespace ChatEvents.Deploy;

/// <summary>The checkout that this program runs from: the Docker build context, and the folder of the published packages.</summary>
public static class SourceTree
{
    public static string Root { get; } = FindRoot(Environment.CurrentDirectory) ?? FindRoot(AppContext.BaseDirectory)
        ?? throw new DirectoryNotFoundException("ChatEvents.sln is in none of the folders above; run the deployment from its checkout.");

    /// <summary>The version of the checkout, without the revision.</summary>
    public static string Version { get; } =
        typeof(SourceTree).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string? FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ChatEvents.sln"))) return folder.FullName;
        }

        return null;
    }
}
