using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Routes;

/// <summary>A published folder that becomes the code of functions.</summary>
internal static class LambdaPackage
{
    /// <summary>
    /// The runtime <c>dotnet10</c> starts a handler without a colon as an executable file of that name, and tells the program its
    /// handler. So the package has one per handler: the same small launcher of the same program.
    /// </summary>
    /// <exception cref="InvalidConfigException">The folder was not published, or not as a Lambda package.</exception>
    public static string FolderOf(string setting, IReadOnlyList<string> handlers)
    {
        var folder = Path.GetFullPath(setting, SourceTree.Root);
        var missing = handlers.Where(handler => !File.Exists(Path.Combine(folder, handler))).ToList();
        return missing.Count == 0
            ? folder
            : throw new InvalidConfigException(
                $"The Lambda package {folder} has no executable {string.Join(", ", missing)}; run deploy/publish-lambdas first.");
    }
}
