using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Processes;

/// <summary>How one environment of a function is started, and the files whose changes restart it.</summary>
internal sealed record StartPlan(Runtime Runtime, string Directory, IReadOnlyList<string> Command, IReadOnlyList<string> Watched)
{
    /// <exception cref="GatewayOptionsException">The handler's file or the folder does not exist.</exception>
    public static StartPlan For(string name, FunctionOptions function)
    {
        var directory = Path.GetFullPath(function.Directory);
        if (!System.IO.Directory.Exists(directory))
            throw new GatewayOptionsException($"functions.{name}.directory does not exist: {directory}.");
        var runtime = function.Handler is { } handler ? FindRuntime(name, handler, directory) : Runtime.Command;
        var watched = function.Watch.Count > 0 ? [.. function.Watch] : DefaultWatch(function, directory);
        return new StartPlan(
            runtime, directory, CommandFor(runtime, function), [.. watched.Select(path => Path.GetFullPath(path, directory))]);
    }

    private static Runtime FindRuntime(string name, string handler, string directory)
    {
        try
        {
            return HandlerFile.FindRuntime(handler, directory);
        }
        catch (GatewayOptionsException e)
        {
            throw new GatewayOptionsException($"functions.{name}.{e.Message}");
        }
    }

    private static string[] CommandFor(Runtime runtime, FunctionOptions function) => runtime switch
    {
        Runtime.Node => ["node", .. Inspect(function.DebugPort), Loop("node.mjs")],
        Runtime.Python => ["python3", .. DebugPy(function.DebugPort), "-u", Loop("python.py")],
        _ when OperatingSystem.IsWindows() => ["cmd", "/c", function.Command!],
        _ => ["sh", "-c", $"exec {function.Command}"],
    };

    private static string[] Inspect(int? port) => port is null ? [] : ["--enable-source-maps", $"--inspect=127.0.0.1:{port}"];

    private static string[] DebugPy(int? port) =>
        port is null ? [] : ["-Xfrozen_modules=off", "-m", "debugpy", "--listen", $"127.0.0.1:{port}"];

    private static string Loop(string file) => Path.Combine(AppContext.BaseDirectory, "Runtimes", file);

    private static string[] DefaultWatch(FunctionOptions function, string directory) => function.Handler is not null
        ? [directory]
        : [.. function.Command!.Split(' ').Where(word => word.Length > 0 && File.Exists(Path.Combine(directory, word)))];
}
