using System.Net;
using System.Net.Sockets;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Local.Hosting;

/// <summary>The local gateway with the routes of the chat.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Gateway(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
    }

    /// <summary>Where the Runtime API and <c>@connections</c> are.</summary>
    public Uri Address { get; }

    /// <summary>Cancelled when the gateway begins to stop; from then on it may end the calls of the functions' environments.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public Uri ClientUrl => new($"ws://localhost:{Address.Port}/{LocalSettings.Stage}");

    /// <exception cref="LocalSystemException">The port is taken.</exception>
    public static void RequireFreePort(int port)
    {
        // Checked before anything else starts, so that the user knows at once. If the port is taken meanwhile, the gateway's start fails
        // with the same sentence.
        using var probe = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
        try
        {
            probe.Start();
        }
        catch (SocketException e)
        {
            throw PortTaken(port, e);
        }
    }

    public static async Task<Gateway> StartAsync(
        LocalSettings settings, TimeProvider time, CancellationToken stopping)
    {
        var app = GatewayHost.Build(
            new GatewayOptions
            {
                Port = settings.Port,
                Stage = LocalSettings.Stage,
                Region = LocalSettings.Region,
                Routes =
                {
                    ["$connect"] = new() { Function = "connect" },
                    ["$disconnect"] = new() { Function = "disconnect" },
                    ["onMessage"] = new() { Function = "onMessage", RouteResponse = true },
                    ["join"] = new() { Function = "join", RouteResponse = true },
                    ["leave"] = new() { Function = "leave", RouteResponse = true },
                    ["who"] = new() { Function = "who", RouteResponse = true },
                    ["$default"] = new() { Function = "default", RouteResponse = true },
                },
            },
            builder => builder.AddLocalHosting(time));
        try
        {
            await app.StartAsync(stopping);
            return new Gateway(app);
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            throw PortTaken(settings.Port, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static LocalSystemException PortTaken(int port, Exception e) => new($"Port {port} is taken; name a free one by --port.", e);
}
