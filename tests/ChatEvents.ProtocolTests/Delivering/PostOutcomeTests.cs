using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>
/// What a post to the real local gateway ends with, told apart by outcome. The same for our poster, over either version of HTTP, and
/// for Amazon's, which <see cref="FanOutOptions.Client"/> selects.
/// </summary>
public abstract class PostOutcomeTests(EmulatorsFixture emulators, PostingClient client, HttpChoice http)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_the_gateway_takes_is_delivered_and_arrives_as_it_was_rendered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();
        _ = reader.ReadAsync();

        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(system, poster, reader.Id, "Echo: grüß euch 👋")).Outcome);

        await Patiently.UntilAsync("the message at the client", () => reader.Received.Count == 1, cancellation);
        Assert.Equal("Echo: grüß euch 👋", reader.Received[0]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_to_a_connection_that_has_ended_is_gone()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken);
        var poster = await StartPosterAsync(system);

        Assert.Equal(DeliveryOutcome.Gone, (await PostAsync(system, poster, "Qv7kLd3mIAMCJw8=")).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_above_the_quota_of_the_account_is_throttled()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken, options =>
            (options.Throttle.RequestsPerSecond, options.Throttle.Burst) = (0.001, 2));
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync(); // the first of two requests

        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(system, poster, reader.Id)).Outcome);
        Assert.Equal(DeliveryOutcome.Throttled, (await PostAsync(system, poster, reader.Id)).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_to_a_client_that_does_not_read_is_throttled_once_its_send_buffer_is_full()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var poster = await StartPosterAsync(system);
        var slow = await system.OpenAsync();
        var text = new string('x', Limits.MaxGatewayMessageBytes);

        // The operating system buffers some megabytes before the gateway's own buffer fills.
        var delivery = await Patiently.SeeAsync(
            "a post that is refused",
            () => PostAsync(system, poster, slow.Id, text),
            delivery => delivery.Outcome != DeliveryOutcome.Delivered,
            cancellation);

        Assert.Equal(DeliveryOutcome.Throttled, delivery.Outcome);
        _ = slow.ReadAsync();
        await Patiently.SeeAsync(
            "room for a post once the client reads",
            () => PostAsync(system, poster, slow.Id, text),
            delivery => delivery.Outcome == DeliveryOutcome.Delivered,
            cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_no_post_can_hold_is_too_large_without_being_posted()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();
        await system.Gateway.StopAsync();

        var delivery = await PostAsync(system, poster, reader.Id, new string('x', Limits.MaxGatewayMessageBytes + 1));

        Assert.Equal(DeliveryOutcome.TooLarge, delivery.Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_the_gateway_finds_too_long_is_too_large()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation, options => options.Limits.MessageBytes = 64 * 1024);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();

        Assert.Equal(DeliveryOutcome.TooLarge, (await PostAsync(system, poster, reader.Id, new string('x', 64 * 1024 + 1))).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_signed_with_a_key_that_is_not_the_gateway_s_is_forbidden()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken);
        await system.TrustWorkersAsync(false);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();

        var delivery = await PostAsync(system, poster, reader.Id);

        Assert.Equal(DeliveryOutcome.Forbidden, delivery.Outcome);
        Assert.Contains("403", delivery.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_is_never_answered_fails_by_its_own_time_limit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation, options => options.Faults.HangRate = 1);
        var poster = await StartPosterAsync(system, ("FanOut:PostTimeout", "00:00:00.200"));
        var reader = await system.OpenAsync();

        var delivery = await PostAsync(system, poster, reader.Id);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.NotEmpty(delivery.Reason!);
        await system.InjectAsync(new { });
        await Patiently.SeeAsync(
            "an answer within the limit, which a machine under load may miss at first",
            () => PostAsync(system, poster, reader.Id),
            delivery => delivery.Outcome == DeliveryOutcome.Delivered,
            cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_post_that_the_gateway_fails_at_has_failed(int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation, options => (options.Faults.ErrorRate, options.Faults.ErrorStatus) = (1, status));
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();

        var delivery = await PostAsync(system, poster, reader.Id);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains($"{status}", delivery.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_to_where_nobody_listens_has_failed()
    {
        await using var system = await StartAsync(TestContext.Current.CancellationToken);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();
        await system.Gateway.StopAsync();

        var delivery = await PostAsync(system, poster, reader.Id);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.NotEmpty(delivery.Reason!);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_its_worker_abandons_is_no_outcome()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation, options => options.Faults.HangRate = 1);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        var post = poster.PostAsync(system.ConnectionOf(reader.Id), new RenderedMessage("m", "hello"), abandoning.Token).AsTask();
        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => post);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_is_closed_hears_of_it_and_is_gone_the_second_time()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await StartAsync(cancellation);
        var poster = await StartPosterAsync(system);
        var reader = await system.OpenAsync();

        Assert.Equal(DeliveryOutcome.Delivered, (await poster.CloseAsync(system.ConnectionOf(reader.Id), cancellation)).Outcome);
        Assert.Equal(1000, (int?)await reader.ReadAsync());
        Assert.Equal(DeliveryOutcome.Gone, (await poster.CloseAsync(system.ConnectionOf(reader.Id), cancellation)).Outcome);
    }

    private Task<FanOutSystem> StartAsync(CancellationToken cancellation, Action<GatewayOptions>? configure = null) =>
        FanOutSystem.StartAsync(emulators, cancellation, configure, http: http);

    private static Task<Delivery> PostAsync(FanOutSystem system, IConnectionPoster poster, string connectionId, string text = "hello") =>
        poster.PostAsync(system.ConnectionOf(connectionId), new RenderedMessage("m", text), Cancellation).AsTask();

    /// <summary>The poster of a whole worker with these settings, by itself.</summary>
    private async Task<IConnectionPoster> StartPosterAsync(FanOutSystem system, params (string Setting, string Value)[] settings)
    {
        var worker = await system.StartWorkerAsync([("FanOut:Client", client.ToString()), .. settings]);
        return worker.Services.GetRequiredService<IConnectionPoster>();
    }
}

public sealed class Http1PostOutcomeTests(EmulatorsFixture emulators) : PostOutcomeTests(emulators, PostingClient.Http, HttpChoice.Http1);

public sealed class Http2PostOutcomeTests(EmulatorsFixture emulators) : PostOutcomeTests(emulators, PostingClient.Http, HttpChoice.Http2);

public sealed class SdkPostOutcomeTests(EmulatorsFixture emulators) : PostOutcomeTests(emulators, PostingClient.Sdk, HttpChoice.Http1);
