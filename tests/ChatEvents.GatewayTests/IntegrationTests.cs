using System.Collections.Concurrent;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.GatewayTests;

/// <summary>Integrations without a function: MOCK and HTTP_PROXY; and the API key of <c>$connect</c>.</summary>
public sealed class IntegrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_mock_with_a_route_response_answers_a_ping()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Routes["ping"] = new RouteOptions
        {
            Mock = """{"pong":"$context.connectionId","at":$context.requestTimeEpoch,"price":"$5"}""",
            RouteResponse = true,
        });
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("""{"action":"ping"}""");

        Assert.Matches("""^\{"pong":"[\w-]{15}=","at":\d{13},"price":"\$5"\}$""", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_mock_at_connect_accepts_everybody()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Routes["$connect"] = new RouteOptions { Mock = "" });

        await using var client = await RawClient.ConnectAsync(gateway);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_is_posted_to_a_web_server_and_its_answer_comes_back()
    {
        await using var server = await WebServer.StartAsync(200, "from the web");
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
        {
            options.StageVariables["table"] = "conns";
            options.Routes["$default"] = new RouteOptions
            {
                Url = new Uri(server.Address, "/hook?fixed=1"),
                RouteResponse = true,
                RequestParameters =
                {
                    ["integration.request.header.connectionId"] = "context.connectionId",
                    ["integration.request.header.table"] = "stageVariables.table",
                    ["integration.request.querystring.kind"] = "'a message'",
                },
            };
        });
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("Hällo");

        Assert.Equal("from the web", (await client.ReadFrameAsync()).Text);
        var (path, headers, body) = server.Requests.Single();
        Assert.Equal(("/hook?fixed=1&kind=a%20message", "Hällo", "conns"), (path, body, headers["table"]));
        Assert.Matches("^[\\w-]{15}=$", headers["connectionId"]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, 101)]
    [InlineData(403, 403)]
    public async Task A_web_server_decides_on_handshakes_with_their_headers_and_query(int answer, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await WebServer.StartAsync(answer, "");
        await using var gateway = await TestGateway.StartAsync(
            cancellation, options => options.Routes["$connect"] = new RouteOptions { Url = server.Address });
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        Assert.Equal(status, (await client.HandshakeAsync("/local?token=t", "Authorization: Bearer x")).Status);

        var (path, headers, _) = server.Requests.Single();
        Assert.Equal(("/?token=t", "Bearer x", false), (path, headers["Authorization"], headers.ContainsKey("Upgrade")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_web_server_that_is_not_there_is_an_internal_server_error()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(
            cancellation, options => options.Routes["$default"] = new RouteOptions { Url = new Uri("http://127.0.0.1:1") });
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        Assert.StartsWith("""{"message": "Internal server error",""", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
        await gateway.LogLineAsync("http://127.0.0.1:1/ cannot be reached", cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null, 403)]
    [InlineData("x-api-key: wrong", 403)]
    [InlineData("X-Api-Key: right", 101)]
    public async Task A_connect_route_may_require_an_API_key(string? header, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$connect", "connect").Routes["$connect"].ApiKeyRequired = true;
            options.ApiKeys.Add("another");
            options.ApiKeys.Add("right");
        });
        gateway.Serve("connect", _ => Api.Ok);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        Assert.Equal(status, (await client.HandshakeAsync("/local", header is null ? [] : [header])).Status);

        Assert.Equal(status == 101, gateway.Seen("connect").Count == 1);
    }

    /// <summary>Answers every request alike and remembers it.</summary>
    private sealed class WebServer(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.First());

        public ConcurrentQueue<(string Path, Dictionary<string, string> Headers, string Body)> Requests { get; } = new();

        public static async Task<WebServer> StartAsync(int status, string body)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = new WebServer(builder.Build());
            server.Run(status, body);
            await server.StartAsync();
            return server;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private Task StartAsync() => app.StartAsync(Cancellation);

        private void Run(int status, string body) => app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            Requests.Enqueue((
                http.Request.Path + http.Request.QueryString,
                http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await reader.ReadToEndAsync()));
            http.Response.StatusCode = status;
            await http.Response.WriteAsync(body);
        });
    }
}
