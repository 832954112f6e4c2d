using System.Diagnostics;

namespace ChatEvents.Bench.Gateway;

/// <summary>A <see cref="Target"/> seen from the measuring process.</summary>
internal sealed class TargetProcess : IDisposable
{
    private readonly Process _process;

    public TargetProcess(string kind)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", kind]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Address = new Uri(_process.StandardOutput.ReadLine()!);
    }

    public Uri Address { get; }

    public Usage Measure(bool collect = false)
    {
        _process.StandardInput.WriteLine(collect ? "collect" : "measure");
        return Usage.Parse(_process.StandardOutput.ReadLine()!);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }
}
