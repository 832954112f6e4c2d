using System.Net;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Posts through a proxy. That it is taken from the environment is tested with the program (EndToEndTests).</summary>
public sealed class ProxyTests
{
    private const string Name = "gateway.test"; // a name that nobody but the proxy can make something of

    [Theory(Timeout = 60_000)]
    [InlineData(HttpChoice.Http1, "HTTP/1.1")]
    [InlineData(HttpChoice.Http2, "HTTP/2")]
    [InlineData(HttpChoice.Negotiated, "HTTP/2")]
    public async Task Over_TLS_the_proxy_tunnels_and_sees_nothing(HttpChoice http, string protocol)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await KestrelGateway.StartAsync(certificateName: Name);
        var hosts = new Recorded<(string Protocol, string? Host)>();
        gateway.OnRequest = context =>
        {
            hosts.Add((context.Request.Protocol, context.Request.Host.Value));
            return Task.CompletedTask;
        };
        await using var proxy = ForwardProxy.Start(gateway.Port);
        await using var poster = await StartAsync(http, proxy, gateway);

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync($"https://{Name}/prod", cancellation));

        Assert.Equal([(protocol, Name)], hosts.All); // the host is signed, so it must not be the proxy's
        Assert.Equal([$"CONNECT {Name}:443 HTTP/1.1", $"Host: {Name}:443"], Assert.Single(proxy.Heads.All));
    }

    [Fact(Timeout = 60_000)]
    public async Task Over_plain_http_the_proxy_is_told_the_whole_address()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await KestrelGateway.StartAsync(HttpProtocols.Http1, isSecure: false);
        await using var proxy = ForwardProxy.Start(gateway.Port);
        await using var poster = await StartAsync(HttpChoice.Negotiated, proxy, gateway);

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync($"http://{Name}/prod", cancellation));

        var head = Assert.Single(proxy.Heads.All);
        Assert.Equal($"POST http://{Name}/prod/%40connections/Qv7kLd3mIAMCJw8%3D HTTP/1.1", head[0]);
        Assert.Contains($"Host: {Name}", head);
    }

    [Fact(Timeout = 60_000)]
    public async Task Over_plain_http_a_proxy_is_not_asked_in_HTTP2()
    {
        await using var gateway = await KestrelGateway.StartAsync(HttpProtocols.Http2, isSecure: false);
        await using var proxy = ForwardProxy.Start(gateway.Port);
        await using var poster = await StartAsync(HttpChoice.Http2, proxy, gateway);

        var delivery = await poster.PostAsync($"http://{Name}/prod", TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_proxy_that_refuses_is_a_failure_with_its_reason()
    {
        await using var gateway = await KestrelGateway.StartAsync(certificateName: Name);
        await using var proxy = ForwardProxy.Start(gateway.Port);
        proxy.Refusal = "HTTP/1.1 403 Forbidden by policy\r\nContent-Length: 0\r\n\r\n";
        await using var poster = await StartAsync(HttpChoice.Negotiated, proxy, gateway);

        var delivery = await poster.PostAsync($"https://{Name}/prod", TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("403", delivery.Reason, StringComparison.Ordinal);
    }

    private static Task<PosterUnderTest> StartAsync(HttpChoice http, ForwardProxy proxy, KestrelGateway gateway) =>
        PosterUnderTest.StartAsync(http, gateway.Trust, handler => (handler.UseProxy, handler.Proxy) = (true, new WebProxy($"http://{proxy.Address}")));
}
