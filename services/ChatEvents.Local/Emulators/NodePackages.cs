using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace ChatEvents.Local.Emulators;

/// <summary>
/// A folder of Node scripts with a lock file. It is installed once per user and content, so that clones, tests and the local system share
/// it. Several processes may start at once.
/// </summary>
public sealed class NodePackages
{
    private const int OldestNodeMajor = 20;
    private const string DoneMarker = ".installed";

    /// <summary>Where the scripts and their <c>node_modules</c> are.</summary>
    public string Directory { get; private init; } = "";

    /// <param name="shipped">The folder with <c>package.json</c>, <c>package-lock.json</c> and the scripts, below the program's own.</param>
    /// <param name="what">What the folder contains, as part of a sentence: <c>the emulators</c>.</param>
    /// <param name="progress">Gets one line when an installation starts, and one when it is done.</param>
    /// <param name="time">Measures the installation.</param>
    /// <param name="stopping">Ends a running installation.</param>
    /// <exception cref="LocalSystemException">Node is missing or too old, or npm failed.</exception>
    public static async Task<NodePackages> InstallAsync(
        string shipped, string what, Action<string> progress, TimeProvider time, CancellationToken stopping)
    {
        await RequireNodeAsync(what, stopping);

        var files = System.IO.Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, shipped));
        Array.Sort(files, StringComparer.Ordinal);
        var directory = Path.Combine(Home(), "node-" + await HashAsync(files, stopping));
        System.IO.Directory.CreateDirectory(directory);

        // The open file itself is the lock: the operating system releases it even if this process is killed.
        await using var exclusive = await LockAsync(Path.Combine(directory, ".lock"), time, stopping);
        if (!File.Exists(Path.Combine(directory, DoneMarker)))
        {
            foreach (var file in files)
            {
                File.Copy(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
            }

            progress($"Installing {what} (first run only, about 10 s) ...");
            var started = time.GetTimestamp();
            await NpmInstallAsync(what, directory, stopping);
            await File.WriteAllTextAsync(Path.Combine(directory, DoneMarker), "", stopping);
            progress($"Installed {what} in {time.GetElapsedTime(started).TotalSeconds:0} s.");
        }

        return new NodePackages { Directory = directory };
    }

    private static string Home()
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return Path.Combine(user.Length > 0 ? user : AppContext.BaseDirectory, "ChatEvents");
    }

    private static async Task<string> HashAsync(string[] files, CancellationToken stopping)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(await File.ReadAllBytesAsync(file, stopping));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static async Task<FileStream> LockAsync(string path, TimeProvider time, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, stopping);
            }
        }
    }

    private static async Task RequireNodeAsync(string what, CancellationToken stopping)
    {
        var (exitCode, output) = await RunAsync("node", ["--version"], Environment.CurrentDirectory, what, stopping);
        if (exitCode != 0
            || !Version.TryParse(output.Trim().TrimStart('v'), out var version)
            || version.Major < OldestNodeMajor)
        {
            throw new LocalSystemException(
                $"Node.js {OldestNodeMajor} or newer is needed for {what}, but `node --version` answers '{output.Trim()}'.");
        }
    }

    private static async Task NpmInstallAsync(string what, string directory, CancellationToken stopping)
    {
        // No install scripts: nothing here needs one, and a script that does not run cannot do harm.
        string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        var (exitCode, output) = await RunAsync("npm", arguments, directory, what, stopping);
        if (exitCode != 0)
        {
            var lastLine = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            throw new LocalSystemException($"npm could not install {what}: `npm ci` ended with {exitCode}: {lastLine}");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, string directory, string what, CancellationToken stopping)
    {
        // npm is a batch file on Windows, which only its command interpreter can start.
        var start = OperatingSystem.IsWindows() && program == "npm"
            ? new ProcessStartInfo("cmd.exe", ["/c", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.WorkingDirectory = directory;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(stopping);
                var errors = process.StandardError.ReadToEndAsync(stopping);
                await process.WaitForExitAsync(stopping);
                return (process.ExitCode, await output + await errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (Win32Exception)
        {
            throw new LocalSystemException(
                $"`{program}` was not found, but Node.js {OldestNodeMajor} or newer is needed for {what}.");
        }
    }
}
