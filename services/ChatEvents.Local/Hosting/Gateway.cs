using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Local.Hosting;

/// <summary>The local gateway with the API of the chat.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IPAddress _listening;
    private readonly string _clientHost;

    private Gateway(WebApplication app, string address)
    {
        _app = app;
        Bill = GatewayHost.BillOf(app);
        var url = new Uri(app.Urls.First());
        _listening = IPAddress.Parse(url.DnsSafeHost);

        // A gateway that listens on all addresses is not called by the one that stands for all of them.
        Address = new UriBuilder(url)
        {
            Host = $"{(_listening.Equals(IPAddress.Any) ? IPAddress.Loopback : _listening.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : _listening)}",
        }.Uri;
        _clientHost = address == LocalSettings.Localhost || IsAny ? LocalSettings.Localhost : Address.Host;
    }

    /// <summary>Where the functions and workers find the Runtime API and <c>@connections</c>.</summary>
    public Uri Address { get; }

    /// <summary>Cancelled when the gateway begins to stop; from then on it may end the calls of the functions' environments.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Reads what the run would have cost on AWS, also when the gateway has ended.</summary>
    public Func<CancellationToken, Task<string>> Bill { get; }

    public Uri ClientUrl => UrlAt(_clientHost);

    /// <summary>Where clients on other machines connect; none if the gateway listens on one address only.</summary>
    public IReadOnlyList<Uri> OtherClientUrls => !IsAny ? [] :
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .Select(address => UrlAt($"{address}")),
    ];

    private bool IsAny => _listening.Equals(IPAddress.Any) || _listening.Equals(IPAddress.IPv6Any);

    /// <exception cref="LocalSystemException">The port is taken, or the address is not one of this machine.</exception>
    public static void RequireFreePort(LocalSettings settings)
    {
        var address = settings.Address == LocalSettings.Localhost ? IPAddress.Loopback : IPAddress.Parse(settings.Address);

        // Checked before anything else starts, so that the user knows at once. If the port is taken meanwhile, the gateway's start fails
        // with the same sentence.
        using var probe = new TcpListener(address, settings.Port) { ExclusiveAddressUse = true };
        try
        {
            probe.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new LocalSystemException($"{address} is not an address of this machine; name one by --address.", e);
        }
        catch (SocketException e)
        {
            throw PortTaken(settings.Port, e);
        }
    }

    public static async Task<Gateway> StartAsync(
        GatewayOptions api, ChatPage page, ServersUse use, TimeProvider time, CancellationToken stopping)
    {
        var app = GatewayHost.Build(api, builder =>
        {
            builder.AddLocalHosting(time);
            builder.Services.AddSingleton<ReadOtherUse>(use.ReadAsync);
            builder.Services.AddSingleton<IStartupFilter>(page);
        });
        try
        {
            await app.StartAsync(stopping);
            return new Gateway(app, api.Address);
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            throw PortTaken(api.Port, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private Uri UrlAt(string host) => new($"ws://{host}:{Address.Port}/{LocalSettings.Stage}");

    private static LocalSystemException PortTaken(int port, Exception e) => new($"Port {port} is taken; name a free one by --port.", e);
}
