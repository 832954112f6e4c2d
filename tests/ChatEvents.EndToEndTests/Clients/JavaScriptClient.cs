using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary><c>clients/javascript</c> with its tests and the packages that they need, as it was when the test was built.</summary>
internal static class JavaScriptClient
{
    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "JavaScriptClient");

    /// <summary>Starts Node in the client's folder.</summary>
    public static async Task<ChildProcess> StartNodeAsync(CancellationToken cancellation, params string[] arguments)
    {
        var packages = await NodePackages.InstallAsync(
            "JavaScriptClientPackages", "what the JavaScript client is tested with", _ => { }, TimeProvider.System, cancellation);
        var link = new DirectoryInfo(Path.Combine(Folder, "node_modules"));
        var target = Path.Combine(packages.Directory, "node_modules");
        if (link.LinkTarget != target)
        {
            if (link.Exists) link.Delete();
            link.CreateAsSymbolicLink(target);
        }

        return ChildProcess.Start("node", arguments, Folder);
    }

    public static IEnumerable<string> TestFiles() =>
        Directory.EnumerateFiles(Path.Combine(Folder, "test"), "*.test.js").Order(StringComparer.Ordinal);
}
