using System.ComponentModel;
using System.Diagnostics;
using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>A client that is a program of its own; what it prints is what it saw.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private ClientProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>A script or program of the Node packages in the folder <c>Node</c>, which are installed first if need be.</summary>
    public static async Task<ClientProcess> NodeAsync(CancellationToken cancellation, params string[] args)
    {
        var packages = await NodePackages.InstallAsync(
            "Node", "the clients of the gateway's tests", _ => { }, TimeProvider.System, cancellation);
        return Start("node", packages.Directory, args);
    }

    public static ClientProcess Start(string program, string directory, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NODE_NO_WARNINGS"] = "1" },
        };
        return new ClientProcess(Process.Start(start)!);
    }

    public static bool IsInstalled(string program, params string[] args)
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

    public Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public async Task EndInputAsync(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellation);
    }

    public Task WaitForLineAsync(Func<string, bool> isExpected, CancellationToken cancellation) =>
        Patiently.SeeAsync("the line", () => Task.FromResult(string.Join('\n', Lines)), _ => Lines.Any(isExpected), cancellation);

    /// <summary>All lines, once the program has ended.</summary>
    public async Task<IReadOnlyList<string>> ReadToEndAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return Lines;
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    private void Add(string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        lock (_lines)
            _lines.Add(line);
    }
}
