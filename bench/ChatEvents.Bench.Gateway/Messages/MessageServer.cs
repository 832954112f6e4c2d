using System.Diagnostics;

namespace ChatEvents.Bench.Gateway.Messages;

/// <summary>A gateway as its users start it, with the functions in the folder <c>Rival</c>. Ends with its standard input or by SIGTERM.</summary>
internal sealed class MessageServer : IDisposable
{
    private readonly Process _process;

    private MessageServer(Process process) => _process = process;

    public static Task<MessageServer> StartGatewayAsync(string folder) => StartAsync(
        folder, "Listening on", "dotnet", Path.Combine(AppContext.BaseDirectory, "ChatEvents.LocalGateway.dll"), "gateway.json");

    public static Task<MessageServer> StartRivalAsync(string folder) => StartAsync(
        folder, "Offline [websocket] listening", "node", Path.Combine("node_modules", "serverless", "bin", "serverless.js"), "offline");

    public double CpuSeconds => ProcessTree.CpuSeconds(_process.Id);

    public long WorkingSetBytes => ProcessTree.WorkingSetBytes(_process.Id);

    public void Dispose()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            kill.WaitForExit();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static async Task<MessageServer> StartAsync(string folder, string readyLine, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SLS_TELEMETRY_DISABLED"] = "1", ["SLS_NOTIFICATIONS_MODE"] = "off", ["CI"] = "1", ["NODE_NO_WARNINGS"] = "1" },
        };
        var process = new Process { StartInfo = start };
        var ready = new TaskCompletionSource();
        // Both write a line or more for each message, as they do for their users; it is read and forgotten.
        process.OutputDataReceived += (_, line) => Look(line.Data);
        process.ErrorDataReceived += (_, line) => Look(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromMinutes(5));
        return new MessageServer(process);

        void Look(string? line)
        {
            if (line?.Contains(readyLine, StringComparison.Ordinal) == true)
                ready.TrySetResult();
        }
    }
}
