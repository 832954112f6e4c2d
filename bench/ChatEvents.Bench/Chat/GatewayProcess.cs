using System.Diagnostics;
using System.Globalization;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Bench.Chat;

/// <summary>The local gateway in a process of its own, which ends with its standard input.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Where the gateway takes posts.</summary>
    public string Endpoint => $"{Address}local";

    /// <param name="quota">Requests a second; 0 is no quota.</param>
    /// <param name="latency">Before the answer to each post.</param>
    public static async Task<GatewayProcess> StartAsync(int quota, TimeSpan latency)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["gateway", $"{quota}", $"{(int)latency.TotalMilliseconds}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The gateway did not start.");
        return new GatewayProcess(process, new Uri(address));
    }

    /// <summary>What the process does.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (quota, latency) = (int.Parse(arguments[0], CultureInfo.InvariantCulture), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        await using var gateway = GatewayHost.Build(new GatewayOptions
        {
            Port = 0,
            Throttle = new ThrottleOptions { RequestsPerSecond = quota, Burst = Math.Max(1, quota / 2), ConnectsPerSecond = 0 }, // as AWS has it
            Faults = new FaultOptions { Latency = TimeSpan.FromMilliseconds(latency) },
        });
        await gateway.StartAsync();
        Console.WriteLine(gateway.Urls.First());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // its sign to end
        _process.WaitForExit();
        _process.Dispose();
    }
}
