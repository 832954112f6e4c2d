using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>One real <c>wscat</c> in a process of its own. What it receives is what it prints.</summary>
public sealed class Wscat : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Wscat(ChildProcess process) => _process = process;

    /// <param name="url">Where it connects.</param>
    /// <param name="cancellation">Ends the installation of it.</param>
    /// <param name="options">More of its command line.</param>
    public static async Task<Wscat> ConnectAsync(Uri url, CancellationToken cancellation, params string[] options)
    {
        var packages = await NodePackages.InstallAsync("Node", "wscat", _ => { }, TimeProvider.System, cancellation);
        return new Wscat(ChildProcess.Start(
            "node",
            [Path.Combine("node_modules", "wscat", "bin", "wscat"), "--no-color", "--connect", url.ToString(), .. options],
            packages.Directory));
    }

    public Task TypeAsync(string line) => _process.TypeAsync(line);

    /// <summary>Waits for this many frames, and returns all that were received; errors have wscat's own prefix <c>error: </c>.</summary>
    public async Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation) =>
        FramesIn(await _process.UntilAsync(lines => FramesIn(lines).Count >= count, cancellation));

    public async ValueTask DisposeAsync()
    {
        // Then it closes the connection and ends.
        _process.EndInput();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _process.DisposeAsync();
    }

    /// <summary>Without a terminal, wscat prints its prompt "> " in front of what comes next.</summary>
    private static List<string> FramesIn(IReadOnlyList<string> lines)
    {
        var frames = new List<string>();
        foreach (var line in lines)
        {
            var frame = line;
            while (frame.StartsWith("> ", StringComparison.Ordinal))
            {
                frame = frame[2..];
            }

            if (frame.Length > 0)
            {
                frames.Add(frame);
            }
        }

        return frames;
    }
}
