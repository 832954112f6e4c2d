using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Connections that are kept, replaced, broken, or not opened.</summary>
public abstract class GatewayConnectionTests(HttpChoice http) : PostsOverHttp(http)
{
    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered)]
    [InlineData(410, DeliveryOutcome.Gone)]
    public async Task An_answer_that_is_cut_off_in_its_body_is_what_its_status_says(int status, DeliveryOutcome outcome)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Gateway.OnRequest = async context =>
        {
            await BeginBodyAsync(context, status);
            await Poster.Answers.NextAsync(cancellation);
            context.Abort();
        };

        Assert.Equal(new Delivery(outcome), await PostAsync(cancellation));
        await AssertThatPostsGoOnAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_the_gateway_breaks_off_has_failed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Gateway.OnRequest = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var delivery = await PostAsync(cancellation);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.NotEmpty(delivery.Reason!);
        await AssertThatPostsGoOnAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_connection_is_an_outcome()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Gateway.StopAsync();

        // By its address: a machine without IPv6 may try that address of localhost last, and fail for another reason.
        var endpoint = Gateway.Endpoint.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "Connection refused"), await Poster.PostAsync(endpoint, cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_one_after_the_other_share_a_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var connections = RecordConnections();

        for (var post = 0; post < 5; post++) Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);

        Assert.Single(connections.All.Distinct());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_in_steady_use_is_replaced_in_time_without_a_failure()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // 10 minutes become 10 ms. .NET measures them on the system's clock.
        await using var poster = await StartPosterAsync(handler => handler.PooledConnectionLifetime /= 60_000);
        var connections = RecordConnections();

        await Patiently.SeeAsync(
            "a third connection",
            async () =>
            {
                Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync(Gateway.Endpoint, cancellation));
                return connections.All.Distinct().Count();
            },
            count => count >= 3,
            cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_idle_connection_is_closed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // 50 s become 10 ms.
        await using var poster = await StartPosterAsync(handler => handler.PooledConnectionIdleTimeout /= 5_000);
        var closed = new TaskCompletionSource();
        Gateway.OnRequest = context =>
        {
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.Register(closed.SetResult);
            return Task.CompletedTask;
        };

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync(Gateway.Endpoint, cancellation));

        await closed.Task.WaitAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_was_restarted_is_posted_to_on_another_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync(cancellation));

        await Gateway.RestartAsync();

        // A post that is on its way before the end of the old connection has been noticed may have arrived, for all that is known.
        await Patiently.SeeAsync("a post that is delivered", () => PostAsync(cancellation), delivery => delivery.Outcome == DeliveryOutcome.Delivered, cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("localhost")] // which nobody vouches for
    [InlineData("somebody-else.example.com")]
    public async Task Nothing_is_posted_to_a_server_whose_certificate_cannot_be_trusted(string name)
    {
        await using var stranger = await KestrelGateway.StartAsync(certificateName: name);
        var requests = new Recorded<string>();
        stranger.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        var delivery = await Poster.PostAsync(stranger.Endpoint, TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("certificate", delivery.Reason, StringComparison.Ordinal);
        Assert.Empty(requests.All);
    }

    private Recorded<string> RecordConnections()
    {
        var connections = new Recorded<string>();
        Gateway.OnRequest = context =>
        {
            connections.Add(context.Connection.Id);
            return Task.CompletedTask;
        };
        return connections;
    }
}

public sealed class Http1GatewayConnectionTests() : GatewayConnectionTests(HttpChoice.Http1);

public sealed class Http2GatewayConnectionTests() : GatewayConnectionTests(HttpChoice.Http2);
