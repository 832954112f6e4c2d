using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>The sink in a process of its own, so that its CPU is not counted; on Linux it keeps to the second CPU.</summary>
internal sealed class SinkProcess : IDisposable
{
    private readonly Process _process;

    private SinkProcess(Process process, string url) => (_process, Url) = (process, url);

    /// <summary>The callback endpoint.</summary>
    public string Url { get; }

    public static async Task<SinkProcess> StartAsync(SinkSettings settings)
    {
        var process = Process.Start(new ProcessStartInfo(Pinned.Program, Pinned.Arguments(cpu: 1, ["sink", .. settings.ToArguments()]))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var url = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The sink did not start.");
        return new SinkProcess(process, url);
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // its sign to end
        _process.WaitForExit();
        _process.Dispose();
    }
}
