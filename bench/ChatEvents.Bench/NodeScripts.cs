using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>The scripts in <c>bench/node</c>. They need Node; <c>npm ci</c> runs the first time.</summary>
internal static class NodeScripts
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    /// <returns>What the script printed.</returns>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        // One of an older lock file lacks what was added since.
        var installed = Path.Combine(Folder, "node_modules", ".package-lock.json");
        if (!File.Exists(installed) || File.GetLastWriteTimeUtc(installed) < File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            await RunProgramAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);

        return await RunProgramAsync("node", [script, .. arguments]);
    }

    private static async Task<string> RunProgramAsync(string program, string[] arguments)
    {
        using var process = Children.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
        });
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }
}
