using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests;

/// <summary>The management API over HTTP/2, as .NET's client speaks it, on the port that is for it.</summary>
public sealed class Http2Tests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Management_calls_reach_the_connections_of_the_other_port(string address)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, address);
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        using var posted = await CallAsync(gateway, HttpMethod.Post, id, "hello");
        using var described = await CallAsync(gateway, HttpMethod.Get, id);
        using var closed = await CallAsync(gateway, HttpMethod.Delete, id);
        using var gone = await CallAsync(gateway, HttpMethod.Post, id, "hello");

        Assert.Equal("hello", await socket.ReceiveTextAsync(cancellation));
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.Gone],
            [posted.StatusCode, described.StatusCode, closed.StatusCode, gone.StatusCode]);
        Assert.NotNull((await described.Content.ReadFromJsonAsync<JsonElement>(cancellation)).Text("connectedAt"));
        Assert.Equal("GoneException", gone.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.NotEqual(gateway.Address.Port, gateway.Http2Address.Port);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_too_long_is_refused_before_it_is_read()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);

        using var answer = await CallAsync(gateway, HttpMethod.Post, "Qv7kLd3mIAMCJw8=", new string('x', (128 * 1024) + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_handshake_has_to_come_by_the_other_port()
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken);

        using var answer = await SendAsync(gateway, HttpMethod.Get, "/local");

        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }

    private static async Task<TestGateway> StartAsync(CancellationToken cancellation, string address = "localhost")
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            (options.Address, options.Http2Port) = (address, 0);
        });
        gateway.ServeAll();
        return gateway;
    }

    private static Task<HttpResponseMessage> CallAsync(TestGateway gateway, HttpMethod method, string id, string? body = null) =>
        SendAsync(gateway, method, $"/local/@connections/{id}", body);

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway.Http2Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is null ? null : new StringContent(body),
        };
        var answer = await gateway.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpVersion.Version20, answer.Version);
        return answer;
    }
}
