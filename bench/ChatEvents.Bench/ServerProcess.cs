using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>
/// A server of this program in a process of its own, so that its CPU is not counted. It prints its address, and ends with its standard
/// input.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    /// <summary>On Linux it keeps to the second CPU.</summary>
    public static Task<ServerProcess> StartPinnedAsync(params string[] verb) => StartAsync(Pinned.Program, Pinned.Arguments(cpu: 1, verb));

    public static Task<ServerProcess> StartAsync(params string[] verb) => StartAsync(Environment.ProcessPath!, verb);

    public void Dispose()
    {
        _process.StandardInput.Close(); // its sign to end
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<ServerProcess> StartAsync(string program, string[] arguments)
    {
        var process = Children.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        var url = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} did not start.");
        return new ServerProcess(process, url);
    }
}
