using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ChatEvents.Testing;

/// <summary>A program in a process of its own, with the lines that it prints on either output. It ends with the test at the latest.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Inbox _lines = new();
    private readonly Inbox _outputLines = new();
    private readonly Inbox _errorLines = new();
    private int _openOutputs = 2;

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data, _outputLines);
        process.ErrorDataReceived += (_, line) => Read(line.Data, _errorLines);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <param name="program">A file, or a name that the system looks up.</param>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="directory">Where it runs; null for where the test does.</param>
    /// <param name="environment">Variables beside those of this process; null removes one.</param>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        string? directory = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Starts one of our own programs, by the name of its assembly, as it was built beside the test.</summary>
    public static ChildProcess StartProgram(
        string assembly, IReadOnlyDictionary<string, string?>? environment = null, params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"), .. arguments], environment: environment);

    /// <summary>What it has printed so far, on either output.</summary>
    public IReadOnlyList<string> Lines() => _lines.All();

    /// <summary>Those behind the first ones, for who has read as many.</summary>
    public IReadOnlyList<string> LinesBehind(int count) => _lines.Behind(count);

    /// <summary>Those of them that are on standard output: what a pipe would get. Between the outputs there is no order.</summary>
    public IReadOnlyList<string> OutputLines() => _outputLines.All();

    /// <summary>Those of them that are on standard error.</summary>
    public IReadOnlyList<string> ErrorLines() => _errorLines.All();

    public async Task<string> WaitForLineAsync(Regex pattern, CancellationToken cancellation) =>
        (await UntilAsync(lines => lines.Any(pattern.IsMatch), cancellation)).First(pattern.IsMatch);

    /// <summary>Waits until the lines satisfy the condition; fails at once when the program ends before.</summary>
    public Task<IReadOnlyList<string>> UntilAsync(Func<IReadOnlyList<string>, bool> isEnough, CancellationToken cancellation) =>
        _lines.UntilAsync(isEnough, cancellation);

    public Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Closes its input, as Ctrl+D does at a terminal.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>When it returns, all lines have been read.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    /// <summary>Sends a POSIX signal by its name, <c>TERM</c> or <c>INT</c>.</summary>
    public void Signal(string name)
    {
        using var shell = Process.Start("sh", ["-c", $"kill -{name} {Id}"]); // every shell has it; small images lack the program
        shell.WaitForExit();
    }

    /// <summary>Ends the program outright, as SIGKILL does, its children excepted.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ids of the processes that it has started and that are still there. Not on Windows.</summary>
    public IReadOnlyList<int> Children()
    {
        if (OperatingSystem.IsLinux()) // where small images lack ps
        {
            return
            [
                .. Directory.GetDirectories($"/proc/{Id}/task")
                    .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(int.Parse),
            ];
        }

        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "pid=", "--ppid", Id.ToString()]) { RedirectStandardOutput = true })!;
        return [.. ps.StandardOutput.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    public static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Read(string? line, Inbox ofOutput)
    {
        if (line is not null)
        {
            ofOutput.Add(line);
            _lines.Add(line);
        }
        else if (Interlocked.Decrement(ref _openOutputs) == 0)
        {
            _lines.End();
        }
    }
}
