using System.Net;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>The account's quotas, on a clock that the test moves.</summary>
public sealed class ThrottleTests
{
    private readonly FakeTime _time = new();

    [Fact(Timeout = 60_000)]
    public async Task Connects_messages_and_posts_share_one_bucket()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$connect", "connect").Route("$default", "default", routeResponse: true);
            options.Throttle.RequestsPerSecond = 1;
            options.Throttle.Burst = 3;
        }, _time);
        gateway.Serve("connect", _ => Api.Ok);
        gateway.Serve("default", _ => new { statusCode = 200, body = "answer" });

        await using var client = await RawClient.ConnectAsync(gateway); // one
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        await client.SendTextAsync("x"); // two
        Assert.Equal("answer", (await client.ReadFrameAsync()).Text);
        using var third = await gateway.PostAsync(id, "three");
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        Assert.Equal("three", (await client.ReadFrameAsync()).Text);

        await client.SendTextAsync("x");
        Assert.StartsWith("""{"message": "Too Many Requests", "connectionId":""", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
        using var post = await gateway.PostAsync(id, "x");
        Assert.Equal(HttpStatusCode.TooManyRequests, post.StatusCode);
        Assert.Equal("LimitExceededException", post.Headers.GetValues("x-amzn-ErrorType").Single());
        await using var late = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(429, (await late.HandshakeAsync("/local")).Status);

        _time.Advance(TimeSpan.FromSeconds(1));
        await client.SendTextAsync("x");
        Assert.Equal("answer", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task More_new_connections_than_the_quota_are_answered_429()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Throttle.ConnectsPerSecond = 2, _time);
        await using var first = await RawClient.ConnectAsync(gateway);
        await using var second = await RawClient.ConnectAsync(gateway);
        await using var third = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(429, (await third.HandshakeAsync("/local")).Status);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        await using var fourth = await RawClient.ConnectAsync(gateway);
    }

    [Fact(Timeout = 60_000)]
    public async Task By_default_the_account_has_the_quotas_of_AWS()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$connect", "connect"), _time);
        gateway.Serve("connect", _ => Api.Ok);
        await using var client = await RawClient.ConnectAsync(gateway);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        for (var i = 1; i < 5_000; i++)
        {
            using var accepted = await gateway.Http.GetAsync($"/local/@connections/{id}", cancellation);
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        }

        using var refused = await gateway.Http.GetAsync($"/local/@connections/{id}", cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 10; i++)
        {
            using var accepted = await gateway.Http.GetAsync($"/local/@connections/{id}", cancellation);
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        }
    }
}
