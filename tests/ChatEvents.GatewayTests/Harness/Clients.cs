using System.ComponentModel;
using System.Diagnostics;
using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>Clients that are programs of their own; what they print is what they saw.</summary>
internal static class Clients
{
    /// <summary>A script or program of the Node packages in the folder <c>Node</c>, which are installed first if need be.</summary>
    public static async Task<ChildProcess> StartNodeAsync(CancellationToken cancellation, params string[] args)
    {
        var directory = await NodePackagesAsync(cancellation);
        return ChildProcess.Start("node", args, directory, new Dictionary<string, string?> { ["NODE_NO_WARNINGS"] = "1" });
    }

    /// <summary>Where those packages are.</summary>
    public static async Task<string> NodePackagesAsync(CancellationToken cancellation) => (await NodePackages.InstallAsync(
        "Node", "the clients of the gateway's tests", _ => { }, TimeProvider.System, cancellation)).Directory;

    public static bool AreInstalled(string program, params string[] args)
    {
        try
        {
            if (args.Length == 0)
                args = ["--version"];
            var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
