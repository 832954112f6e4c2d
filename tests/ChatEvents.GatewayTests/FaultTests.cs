using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Injected faults, from the file and by the admin endpoint.</summary>
public sealed class FaultTests
{
    /// <summary>
    /// Of no other timer: a test that waited for one of 2 s sometimes took that of the hint that an event waits for an environment, and
    /// moved the clock before the delay had begun.
    /// </summary>
    private static readonly TimeSpan OwnLatency = TimeSpan.FromSeconds(7);

    [Fact(Timeout = 60_000)]
    public async Task A_dropped_disconnect_never_reaches_its_function_and_the_connection_is_gone_all_the_same()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(faults => faults.DropDisconnectRate = 1, cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, cancellation);
        using var post = await gateway.PostAsync(id, "x");
        Assert.Equal(HttpStatusCode.Gone, post.StatusCode);
        await gateway.StopAsync();
        Assert.Empty(gateway.Seen("disconnect"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_injected_error_is_answered_and_nothing_is_delivered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(faults => (faults.ErrorRate, faults.ErrorStatus, faults.AdminEndpoint) = (1, 503, true), cancellation);
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var failed = await gateway.PostAsync(id, "lost");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        (await gateway.Http.PutAsJsonAsync("/_gateway/faults", new { }, cancellation)).Dispose();
        using var post = await gateway.PostAsync(id, "delivered");
        Assert.Equal("delivered", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_error_rate_of_a_half_fails_about_half_of_the_calls_and_the_same_ones_for_the_same_seed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = await StatusesAsync(cancellation);
        Assert.InRange(first.Count(status => status == HttpStatusCode.InternalServerError), 30, 70);
        Assert.Equal(first, await StatusesAsync(cancellation));

        static async Task<List<HttpStatusCode>> StatusesAsync(CancellationToken cancellation)
        {
            await using var gateway = await StartAsync(faults => (faults.ErrorRate, faults.Seed) = (0.5, 7), cancellation);
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; i < 100; i++)
            {
                using var post = await gateway.PostAsync("Qv7kLd3mIAMCJw8=", "x");
                statuses.Add(post.StatusCode);
            }

            return statuses;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hanging_call_is_never_answered_and_ends_with_its_caller()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(faults => faults.HangRate = 1, cancellation);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var post = gateway.Http.PostAsync("/local/@connections/Qv7kLd3mIAMCJw8=", new StringContent("x"), impatient.Token);
        using var health = await gateway.Http.GetAsync("/_gateway/health", cancellation);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.False(post.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => post);
    }

    [Fact(Timeout = 60_000)]
    public async Task Injected_latency_delays_calls_and_invocations()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await StartAsync(
            faults => (faults.Latency, faults.InvocationLatency) = (TimeSpan.FromSeconds(3), OwnLatency),
            cancellation, time);
        var connecting = gateway.ConnectAsync(cancellation);
        await time.TimerAsync(OwnLatency, cancellation);
        Assert.Empty(gateway.Seen("connect"));
        time.Advance(OwnLatency);
        using var socket = await connecting;

        var post = gateway.PostAsync((await gateway.EventAsync("connect", cancellation)).ConnectionId(), "slow");
        await time.TimerAsync(TimeSpan.FromSeconds(3), cancellation);
        Assert.False(post.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(3));
        using var answer = await post;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_whose_connect_is_answered_late_is_gone_until_then_although_its_function_has_run()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await StartAsync(faults => faults.AnswerLatency = OwnLatency, cancellation, time);
        var connecting = gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        await time.TimerAsync(OwnLatency, cancellation);
        using var early = await gateway.PostAsync(id, "not yet");
        Assert.Equal(HttpStatusCode.Gone, early.StatusCode);

        time.Advance(OwnLatency);
        using var socket = await connecting;
        using var post = await gateway.PostAsync(id, "now");
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_admin_endpoint_is_off_by_default()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => { }, cancellation);
        using var read = await gateway.Http.GetAsync("/_gateway/faults", cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, read.StatusCode);
        using var write = await gateway.Http.PutAsJsonAsync("/_gateway/faults", new { errorRate = 1 }, cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_admin_endpoint_tells_the_faults_in_force_and_replaces_them()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(faults => faults.AdminEndpoint = true, cancellation);
        using var written = await gateway.Http.PutAsJsonAsync(
            "/_gateway/faults", new { errorRate = 1, latency = "00:00:00.001" }, cancellation);
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        var read = await gateway.Http.GetFromJsonAsync<JsonElement>("/_gateway/faults", cancellation);
        Assert.Equal(("1", "00:00:00.0010000"), (read.Text("errorRate"), read.Text("latency")));
        using var post = await gateway.PostAsync("Qv7kLd3mIAMCJw8=", "x");
        Assert.Equal(HttpStatusCode.InternalServerError, post.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"errorRate":2}""", "faults.errorRate must be from 0 to 1, but is 2.")]
    [InlineData("""{"eroorRate":1}""", "eroorRate")]
    [InlineData("null", "must be an object")]
    [InlineData("nonsense", "JSON literal")]
    public async Task The_admin_endpoint_refuses_what_it_does_not_understand(string body, string said)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(faults => faults.AdminEndpoint = true, cancellation);
        using var answer = await gateway.Http.PutAsync("/_gateway/faults", new StringContent(body), cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(cancellation), StringComparison.Ordinal);
    }

    private static async Task<TestGateway> StartAsync(
        Action<FaultOptions> configure, CancellationToken cancellation, TimeProvider? time = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            configure(options.Faults);
        }, time);
        gateway.ServeAll();
        return gateway;
    }
}
