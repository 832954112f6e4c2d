using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Routes;

/// <summary>A published folder that becomes the code of functions.</summary>
internal static class LambdaPackage
{
    /// <summary>
    /// What the runtime <c>provided.al2023</c> starts. It hands every function its handler's name, which the managed runtime of .NET
    /// would take for the name of an assembly.
    /// </summary>
    public const string Executable = "bootstrap";

    /// <exception cref="InvalidConfigException">The folder was not published.</exception>
    public static string FolderOf(string setting)
    {
        var folder = Path.GetFullPath(setting, SourceTree.Root);
        return File.Exists(Path.Combine(folder, Executable))
            ? folder
            : throw new InvalidConfigException($"The Lambda package {folder} has no {Executable}; run deploy/publish-lambdas first.");
    }
}
