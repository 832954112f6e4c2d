using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatEvents.Bench.Registry;

/// <summary>
/// The registry worker's own program, with the settings that it has by default, as it runs in a container of one CPU. Its log goes
/// nowhere, but is written.
/// </summary>
internal sealed class RegistryProcess : IDisposable
{
    private const string Program = "ChatEvents.ConnectionRegistry.dll";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;

    private RegistryProcess(Process process) => _process = process;

    /// <summary>What the worker has used of any CPU since it was started.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<RegistryProcess> StartAsync(IReadOnlyDictionary<string, string> environment)
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, Program), "--urls", url])
        {
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_PROCESSOR_COUNT"] = "1" },
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var worker = new RegistryProcess(Children.Start(start));
        _ = worker._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await UntilReadyAsync(new Uri($"{url}/health/ready"));
        return worker;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task UntilReadyAsync(Uri health)
    {
        using var http = new HttpClient();
        var startedAt = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(startedAt) < StartTimeout)
        {
            try
            {
                using var answer = await http.GetAsync(health);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(Poll, TimeProvider.System);
        }

        throw new InvalidOperationException($"The registry worker was not ready after {StartTimeout}.");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
