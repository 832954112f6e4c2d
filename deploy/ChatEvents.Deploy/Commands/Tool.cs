using System.ComponentModel;
using System.Diagnostics;

namespace ChatEvents.Deploy.Commands;

/// <summary>The programs that a deployment runs. What they print goes to this terminal, and their questions are answered there.</summary>
internal static class Tool
{
    /// <summary>
    /// Pinned, because it makes changes in an account: the CDK's command line, newer than the library that wrote the template.
    /// </summary>
    public const string Cdk = "aws-cdk@2.1148.1";

    /// <exception cref="DeployException">It is not installed, or failed.</exception>
    public static void Run(string program, params string[] arguments)
    {
        Console.WriteLine($"> {program} {string.Join(' ', arguments)}");
        using var process = Start(program, arguments, quietly: false);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new DeployException($"{program} failed with exit code {process.ExitCode}; what it said is above.");
    }

    /// <summary>Runs a program without its output.</summary>
    /// <returns>Its exit code, and what it said on standard error.</returns>
    /// <exception cref="DeployException">It is not installed.</exception>
    public static (int ExitCode, string Error) Try(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, quietly: true);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Trim());
    }

    private static Process Start(string program, string[] arguments, bool quietly)
    {
        // On Windows npx is a script, which only the shell finds.
        var start = OperatingSystem.IsWindows() && program == "npx"
            ? new ProcessStartInfo("cmd", ["/c", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.WorkingDirectory = SourceTree.Root;
        start.RedirectStandardOutput = start.RedirectStandardError = quietly;
        // Docker before version 23 builds for one processor only unless it is told to use BuildKit.
        start.Environment["DOCKER_BUILDKIT"] = "1";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new DeployException($"{program} is needed, and cannot be started: {missing.Message}. docs/deploy.md lists what to install.", missing);
        }
    }
}

/// <summary>A deployment that ended; the message is one sentence.</summary>
public sealed class DeployException(string message, Exception? inner = null) : Exception(message, inner);
