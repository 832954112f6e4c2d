using System.Globalization;
using ChatEvents.FanOut;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Bench.Chat;

/// <summary>The local gateway in a process of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly ServerProcess _server;
    private readonly string[] _urls;

    private GatewayProcess(ServerProcess server) => (_server, _urls) = (server, server.Url.Split(' '));

    /// <summary>For clients.</summary>
    public Uri Address => new(_urls[0]);

    /// <param name="quota">Requests a second; 0 is no quota.</param>
    /// <param name="latency">Before the answer to each post.</param>
    public static async Task<GatewayProcess> StartAsync(int quota, TimeSpan latency) =>
        new(await ServerProcess.StartAsync("gateway", $"{quota}", $"{(int)latency.TotalMilliseconds}"));

    /// <summary>Where the gateway takes posts.</summary>
    public string EndpointOf(HttpChoice http) => $"{_urls[http == HttpChoice.Http2 ? 1 : 0]}/local";

    /// <summary>What the process does.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (quota, latency) = (int.Parse(arguments[0], CultureInfo.InvariantCulture), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        await using var gateway = GatewayHost.Build(new GatewayOptions
        {
            Port = 0,
            Http2Port = 0,
            Throttle = new ThrottleOptions { RequestsPerSecond = quota, Burst = Math.Max(1, quota / 2), ConnectsPerSecond = 0 }, // as AWS has it
            Faults = new FaultOptions { Latency = TimeSpan.FromMilliseconds(latency) },
        });
        await gateway.StartAsync();
        Console.WriteLine($"{gateway.Urls.First()} {GatewayHost.Http2Url(gateway)}");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose() => _server.Dispose();
}
