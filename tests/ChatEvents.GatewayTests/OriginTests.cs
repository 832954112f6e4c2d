using System.Net;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>Web pages may use the WebSocket API and nothing else, and only under the gateway's own names (faults.md B14, B17).</summary>
public sealed class OriginTests
{
    private const string Connection = "/local/@connections/Qv7kLd3mIAMCJw8=";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Calls => new()
    {
        { "POST", Connection },
        { "GET", Connection },
        { "DELETE", Connection },
        { "GET", "/default/2018-06-01/runtime/invocation/next" },
        { "POST", "/default/2018-06-01/runtime/invocation/1/response" },
        { "POST", "/2018-06-01/runtime/init/error" },
        { "PUT", "/_gateway/faults" },
        { "GET", "/_gateway/health" },
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Calls))]
    public async Task A_call_of_a_web_page_is_forbidden(string method, string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        foreach (var header in (string[])["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"])
        {
            await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

            Assert.Equal(403, (await client.RequestAsync($"{method} {path} HTTP/1.1", "Host: localhost", header, "Content-Length: 0")).Status);
        }

        await gateway.LogLineAsync("a web page of https://evil.example called it; only the WebSocket API is for web pages", cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("gateway:8080", 403)]
    [InlineData("localhost", 410)]
    [InlineData("LOCALHOST:8080", 410)]
    [InlineData("127.0.0.1:8080", 410)]
    [InlineData("[::1]:8080", 410)]
    [InlineData("local00api.execute-api.eu-central-1.localhost", 410)]
    [InlineData("local00api.execute-api.eu-central-1.amazonaws.com", 410)]
    [InlineData("another0id.execute-api.eu-central-1.amazonaws.com", 403)]
    [InlineData("host.docker.internal", 410)]
    [InlineData("mine.example:9", 410)]
    public async Task Only_the_gateways_own_hosts_are_answered(string host, int status)
    {
        await using var gateway = await StartAsync(options => options.Hosts.Add("mine.example"));
        await using var client = await RawClient.OpenAsync(gateway.Address, TestContext.Current.CancellationToken);

        Assert.Equal(status, (await client.RequestAsync($"GET {Connection} HTTP/1.1", $"Host: {host}")).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_web_page_of_any_origin_may_open_a_WebSocket()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, TestContext.Current.CancellationToken);

        Assert.Equal(101, (await client.HandshakeAsync("/local", "Origin: https://any.example", "Sec-Fetch-Site: cross-site")).Status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("evil.example", null)]
    [InlineData("localhost:1", "localhost:1")]
    [InlineData("127.0.0.1:1", "127.0.0.1:1")]
    public async Task The_domain_name_of_events_is_a_host_of_the_gateway_or_the_address_it_listens_on(string host, string? domainName)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        await client.RequestAsync(
            "GET /local HTTP/1.1", $"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        await client.SendTextAsync("x");

        var context = (await gateway.EventAsync("default", cancellation)).Context();
        Assert.Equal(domainName ?? $"localhost:{gateway.LocalPort}", context.Text("domainName"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("POST", HttpStatusCode.OK)]
    [InlineData("GET", HttpStatusCode.OK)]
    [InlineData("DELETE", HttpStatusCode.NoContent)]
    public async Task Answers_of_the_management_API_carry_a_trace_id(string method, HttpStatusCode status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        var id = (await gateway.EventAsync("default", cancellation)).ConnectionId();
        foreach (var (path, expected) in ((string, HttpStatusCode)[])[($"/local/@connections/{id}", status), (Connection, HttpStatusCode.Gone)])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);

            using var answer = await gateway.Http.SendAsync(request, cancellation);

            Assert.Equal(expected, answer.StatusCode);
            Assert.Matches("^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$", answer.Headers.GetValues("x-amzn-trace-id").Single());
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Listening_on_all_addresses_is_warned_of()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(options => options.Address = "0.0.0.0");

        await gateway.LogLineAsync("Listening on 0.0.0.0: everybody who reaches this machine can connect", cancellation);
    }

    private static async Task<TestGateway> StartAsync(Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            options.Route("$default", "default");
            options.Faults.AdminEndpoint = true;
            configure?.Invoke(options);
        });
        gateway.Serve("default", _ => Api.Ok);
        return gateway;
    }
}
