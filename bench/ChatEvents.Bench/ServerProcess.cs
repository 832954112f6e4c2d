using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>
/// A server of this program in a process of its own, so that its CPU is not counted; on Linux it keeps to the second CPU. It prints its
/// address, and ends with its standard input.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public static async Task<ServerProcess> StartAsync(params string[] verb)
    {
        var process = Process.Start(new ProcessStartInfo(Pinned.Program, Pinned.Arguments(cpu: 1, verb))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var url = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The {verb[0]} did not start.");
        return new ServerProcess(process, url);
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // its sign to end
        _process.WaitForExit();
        _process.Dispose();
    }
}
