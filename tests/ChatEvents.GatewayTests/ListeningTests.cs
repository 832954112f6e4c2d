using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary><c>localhost</c> is 127.0.0.1 to some clients and ::1 to others.</summary>
public sealed partial class ListeningTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("localhost")]
    public async Task Clients_reach_the_gateway_by_every_name_of_this_machine(string host)
    {
        Assert.SkipWhen(host == "[::1]" && !HasIPv6, "This machine has no IPv6.");
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken);

        await ConnectAsync(host, gateway.Address.Port);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_port_that_was_chosen_is_the_same_at_both_addresses()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(HasIPv6, "This machine has no IPv6.");
        int port;
        await using (var before = await TestGateway.StartAsync(cancellation))
        {
            port = before.Address.Port;
        }

        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Port = port);

        await ConnectAsync("127.0.0.1", port);
        await ConnectAsync("[::1]", port);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_address_that_was_chosen_is_the_only_one()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(HasIPv6, "This machine has no IPv6.");
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Address = "127.0.0.1");

        using var client = new TcpClient(AddressFamily.InterNetworkV6);
        await Assert.ThrowsAsync<SocketException>(
            () => client.ConnectAsync(IPAddress.IPv6Loopback, gateway.Address.Port, cancellation).AsTask());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_machine_without_IPv6_has_one_address()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = ChildProcess.StartProgram(
            "ChatEvents.LocalGateway",
            new Dictionary<string, string?> { ["DOTNET_SYSTEM_NET_DISABLEIPV6"] = "1" },
            Path.Combine(AppContext.BaseDirectory, "gateway.json"), "--port", "0");

        var line = await gateway.WaitForLineAsync(ListeningLine(), cancellation);

        using var http = new HttpClient();
        Assert.Contains("healthy", await http.GetStringAsync(new Uri($"http:{ListeningLine().Match(line).Groups["url"].Value}/_gateway/health"), cancellation));
    }

    private static bool HasIPv6 => new ListenAddress(ListenAddress.Localhost).Addresses.Count == 2;

    private static async Task ConnectAsync(string host, int port)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        await socket.ConnectAsync(new Uri($"ws://{host}:{port}/local"), Cancellation);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [GeneratedRegex(@"Listening on ws:(?<url>//localhost:\d+)/")]
    private static partial Regex ListeningLine();
}
