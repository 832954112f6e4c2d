using System.Net;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>Several APIs and stages in one gateway, each with its own path or host.</summary>
public sealed class SeveralApisTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("/dev", "localhost", "first000id dev", "/dev")]
    [InlineData("/test", "localhost", "first000id test", "/test")]
    [InlineData("/shop/dev", "localhost", "second00id dev", "/shop/dev")]
    [InlineData("/dev", "first000id.execute-api.eu-central-1.localhost", "first000id dev", "/dev")]
    [InlineData("/dev", "second00id.execute-api.eu-central-1.localhost", "second00id dev", "/dev")]
    [InlineData("/dev", "second00id.execute-api.eu-central-1.amazonaws.com", "second00id dev", "/dev")]
    public async Task Each_API_answers_at_its_path_and_at_its_host(string path, string host, string served, string callback)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await ConnectAsync(gateway, path, host);
        await client.SendTextAsync("x");

        var context = (await gateway.EventAsync("default", cancellation)).Context();

        Assert.Equal(served, $"{context.Text("apiId")} {context.Text("stage")}");
        Assert.Equal(callback, new Uri($"http://{context.Text("domainName")}/{context.Text("stage")}").AbsolutePath);
        var id = context.Text("connectionId");
        await using var caller = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(200, (await caller.RequestAsync($"GET {path}/@connections/{id} HTTP/1.1", $"Host: {host}")).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_of_one_API_is_not_there_in_another()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await ConnectAsync(gateway, "/dev", "localhost");
        await client.SendTextAsync("x");
        var id = (await gateway.EventAsync("default", cancellation)).ConnectionId();

        using var other = await gateway.Http.GetAsync($"/shop/dev/@connections/{id}", cancellation);
        using var own = await gateway.Http.GetAsync($"/dev/@connections/{id}", cancellation);

        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.OK), (other.StatusCode, own.StatusCode));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/DEV")]
    [InlineData("/prod")]
    [InlineData("/shop")]
    [InlineData("/shop/dev/more")]
    public async Task Where_there_is_no_API_the_log_says_where_there_are(string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        Assert.Equal(403, (await client.HandshakeAsync(path)).Status);

        await gateway.LogLineAsync($"there is no API at {path}, but at /dev, /test, /shop/dev", cancellation);
    }

    private static async Task<RawClient> ConnectAsync(TestGateway gateway, string path, string host)
    {
        var client = await RawClient.OpenAsync(gateway.Address, Cancellation);
        var answer = await client.RequestAsync(
            $"GET {path} HTTP/1.1", $"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        Assert.Equal(101, answer.Status);
        return client;
    }

    private static async Task<TestGateway> StartAsync()
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            options.Apis.Add(NewApi("first000id", "dev"));
            options.Apis.Add(NewApi("first000id", "test"));
            options.Apis.Add(NewApi("second00id", "dev", "shop"));
        });
        gateway.Serve("default", _ => Api.Ok);
        return gateway;
    }

    private static ApiOptions NewApi(string id, string stage, string path = "") => new()
    {
        ApiId = id,
        Stage = stage,
        Path = path,
        Routes = { ["$default"] = new RouteOptions { Function = "default" } },
    };
}
