using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ChatEvents.EndToEndTests;

/// <summary>One of our programs in a process of its own, with what it says on either output.</summary>
public sealed class ProgramProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Inbox _lines = new();

    private ProgramProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <param name="program">Name of the assembly, without its ending.</param>
    /// <param name="environment">Variables beside those of this process; null removes one.</param>
    /// <param name="arguments">Of the command line.</param>
    public static ProgramProcess Start(
        string program, IReadOnlyDictionary<string, string?>? environment = null, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ProgramProcess(Process.Start(start)!);
    }

    public IReadOnlyList<string> Lines() => _lines.All();

    public async Task<string> WaitForLineAsync(Regex pattern, CancellationToken cancellation)
    {
        for (var seen = 0; ; seen++)
        {
            string line;
            try
            {
                line = (await _lines.WaitForAsync(seen + 1, cancellation))[seen];
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"No line matched '{pattern}':\n{string.Join('\n', Lines())}");
            }

            if (pattern.IsMatch(line))
            {
                return line;
            }

            if (line == Ended)
            {
                throw new InvalidOperationException($"The program ended before a line matched '{pattern}':\n{string.Join('\n', Lines())}");
            }
        }
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    /// <summary>Sends a POSIX signal by its name, <c>TERM</c> or <c>INT</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>Ends the program outright, as SIGKILL does, its children excepted.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private const string Ended = "<ended>";

    private void Read(string? line) => _lines.Add(line ?? Ended);
}
