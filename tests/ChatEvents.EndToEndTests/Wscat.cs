using System.Diagnostics;
using ChatEvents.Local.Emulators;

namespace ChatEvents.EndToEndTests;

/// <summary>One real <c>wscat</c> in a process of its own. What it receives is what it prints.</summary>
public sealed class Wscat : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Inbox _inbox = new();

    private Wscat(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Received(line.Data);
        process.ErrorDataReceived += (_, line) => Received(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Frames received so far, and errors with wscat's own prefix <c>error: </c>.</summary>
    public IReadOnlyList<string> Received() => _inbox.All();

    public static async Task<Wscat> ConnectAsync(Uri url, CancellationToken cancellation)
    {
        var packages = await NodePackages.InstallAsync("Node", "wscat", _ => { }, TimeProvider.System, cancellation);
        return new Wscat(Process.Start(new ProcessStartInfo(
            "node", [Path.Combine("node_modules", "wscat", "bin", "wscat"), "--no-color", "--connect", url.ToString()])
        {
            WorkingDirectory = packages.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    public async Task TypeAsync(string line) => await _process.StandardInput.WriteLineAsync(line);

    public Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation) => _inbox.WaitForAsync(count, cancellation);

    public async ValueTask DisposeAsync()
    {
        // The end of its input is wscat's Ctrl+D: it closes the connection and ends.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Received(string? line)
    {
        // Without a terminal, wscat prints its prompt "> " in front of what comes next.
        while (line?.StartsWith("> ", StringComparison.Ordinal) == true)
        {
            line = line[2..];
        }

        if (!string.IsNullOrEmpty(line))
        {
            _inbox.Add(line);
        }
    }
}
