using System.Globalization;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Bench.Chat;

/// <summary>The local gateway in a process of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly ServerProcess _server;

    private GatewayProcess(ServerProcess server) => _server = server;

    public Uri Address => new(_server.Url);

    /// <summary>Where the gateway takes posts.</summary>
    public string Endpoint => $"{Address}local";

    /// <param name="quota">Requests a second; 0 is no quota.</param>
    /// <param name="latency">Before the answer to each post.</param>
    public static async Task<GatewayProcess> StartAsync(int quota, TimeSpan latency) =>
        new(await ServerProcess.StartAsync("gateway", $"{quota}", $"{(int)latency.TotalMilliseconds}"));

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

    public void Dispose() => _server.Dispose();
}
