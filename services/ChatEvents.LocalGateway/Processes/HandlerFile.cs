using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Processes;

internal enum Runtime
{
    Node,
    Python,
    Command,
}

/// <summary>Finds the file of a handler, and with it the runtime.</summary>
internal static class HandlerFile
{
    private static readonly string[] NodeExtensions = [".js", ".mjs", ".cjs"];

    /// <exception cref="GatewayOptionsException">There is no such file.</exception>
    public static Runtime FindRuntime(string handler, string directory)
    {
        var folder = handler[..(handler.LastIndexOf('/') + 1)];
        var name = handler[folder.Length..];

        // As AWS's runtimes do: the export of Node begins after the first dot, the function of Python after the last one.
        var node = folder + name.Split('.')[0];
        var python = folder + (name.LastIndexOf('.') is var dot and > 0 ? name[..dot] : name).Replace('.', '/');
        if (NodeExtensions.Any(extension => File.Exists(Path.Combine(directory, node + extension))))
            return Runtime.Node;
        if (File.Exists(Path.Combine(directory, python + ".py")) || File.Exists(Path.Combine(directory, python, "__init__.py")))
            return Runtime.Python;
        throw new GatewayOptionsException(
            $"handler '{handler}' has no file: looked for {node}.js, {node}.mjs, {node}.cjs and {python}.py in {directory}.");
    }
}
