using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace ChatEvents.Local.Emulators;

/// <summary>
/// The npm packages of the emulators, installed once per user and version of the lock file, so that clones, tests and the local system
/// share them. Safe when several processes start at once.
/// </summary>
public sealed class NodePackages
{
    private const int OldestNodeMajor = 20;
    private const string DoneMarker = ".installed";

    private static readonly string[] Files = ["package.json", "package-lock.json", "lifeline.mjs", "sqs.mjs", "dynamodb.mjs"];

    /// <summary>Where the scripts and their <c>node_modules</c> are.</summary>
    public string Directory { get; private init; } = "";

    /// <param name="progress">Told in one line what is going on while something has to be installed.</param>
    /// <param name="time">Measures the installation.</param>
    /// <param name="stopping">Ends a running installation.</param>
    /// <exception cref="LocalSystemException">Node is missing or too old, or npm failed.</exception>
    public static async Task<NodePackages> InstallAsync(Action<string> progress, TimeProvider time, CancellationToken stopping)
    {
        await RequireNodeAsync(stopping);

        var shipped = Path.Combine(AppContext.BaseDirectory, "Emulators", "Node");
        var directory = Path.Combine(Home(), "emulators-" + await HashAsync(shipped, stopping));
        System.IO.Directory.CreateDirectory(directory);

        // The lock is the open file itself: the system gives it back even if this process is killed.
        await using var exclusive = await LockAsync(Path.Combine(directory, ".lock"), time, stopping);
        if (!File.Exists(Path.Combine(directory, DoneMarker)))
        {
            foreach (var file in Files)
            {
                File.Copy(Path.Combine(shipped, file), Path.Combine(directory, file), overwrite: true);
            }

            progress("Installing the SQS and DynamoDB emulators (first run only, about 10 s) ...");
            var started = time.GetTimestamp();
            await NpmInstallAsync(directory, stopping);
            await File.WriteAllTextAsync(Path.Combine(directory, DoneMarker), "", stopping);
            progress($"Installed the emulators in {time.GetElapsedTime(started).TotalSeconds:0} s.");
        }

        return new NodePackages { Directory = directory };
    }

    private static string Home()
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return Path.Combine(user.Length > 0 ? user : AppContext.BaseDirectory, "ChatEvents");
    }

    private static async Task<string> HashAsync(string shipped, CancellationToken stopping)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files)
        {
            hash.AppendData(await File.ReadAllBytesAsync(Path.Combine(shipped, file), stopping));
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

    private static async Task RequireNodeAsync(CancellationToken stopping)
    {
        var (exitCode, output) = await RunAsync("node", ["--version"], Environment.CurrentDirectory, stopping);
        if (exitCode != 0
            || !Version.TryParse(output.Trim().TrimStart('v'), out var version)
            || version.Major < OldestNodeMajor)
        {
            throw new LocalSystemException(
                $"Node.js {OldestNodeMajor} or newer is needed for the SQS and DynamoDB emulators, but `node --version` answers "
                + $"'{output.Trim()}'; install it, or name other servers by AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB.");
        }
    }

    private static async Task NpmInstallAsync(string directory, CancellationToken stopping)
    {
        // No install scripts: nothing here needs one, and what does not run cannot do harm.
        string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        var (exitCode, output) = await RunAsync("npm", arguments, directory, stopping);
        if (exitCode != 0)
        {
            var lastLine = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            throw new LocalSystemException($"The emulators could not be installed: `npm ci` ended with {exitCode}: {lastLine}");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, string directory, CancellationToken stopping)
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
                $"`{program}` was not found: install Node.js {OldestNodeMajor} or newer for the SQS and DynamoDB emulators, or name other "
                + "servers by AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB.");
        }
    }
}
