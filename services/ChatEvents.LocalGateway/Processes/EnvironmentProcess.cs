using System.ComponentModel;
using System.Diagnostics;

namespace ChatEvents.LocalGateway.Processes;

/// <summary>
/// The process of one environment. Its standard input is a pipe that nothing is written to: the end of it tells
/// <c>supervise.sh</c>, and the loops themselves, that the gateway is gone.
/// </summary>
internal sealed class EnvironmentProcess
{
    private static readonly string Supervisor = Path.Combine(AppContext.BaseDirectory, "Runtimes", "supervise.sh");

    private readonly Process _process;

    private EnvironmentProcess(Process process) => (_process, Id) = (process, process.Id);

    public int Id { get; }

    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    /// <exception cref="IOException">The folder that the gateway was started in is gone.</exception>
    public static EnvironmentProcess Start(
        StartPlan plan, IReadOnlyDictionary<string, string> variables, Action<string> onLine, Action<int> onExit)
    {
        var isSupervised = !OperatingSystem.IsWindows();
        var start = new ProcessStartInfo(isSupervised ? "sh" : plan.Command[0], isSupervised ? [Supervisor, .. plan.Command] : plan.Command.Skip(1))
        {
            WorkingDirectory = plan.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Tell(line.Data);
        process.ErrorDataReceived += (_, line) => Tell(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = WaitAsync();
        return new EnvironmentProcess(process);

        void Tell(string? line)
        {
            if (line is not null)
                onLine(line);
        }

        async Task WaitAsync()
        {
            // Never on the caller's thread, where a process that has exited already would be told of before the caller knows it.
            await process.WaitForExitAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var code = process.ExitCode;
            process.Dispose();
            onExit(code);
        }
    }

    /// <summary>Ends the process and everything it started.</summary>
    public void Kill()
    {
        try
        {
            if (OperatingSystem.IsWindows())
                _process.Kill(entireProcessTree: true);
            else
                _process.StandardInput.Close();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
        {
            // It has exited.
        }
    }
}
