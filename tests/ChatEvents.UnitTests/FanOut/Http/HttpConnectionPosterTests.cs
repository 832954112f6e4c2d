using System.Net;
using Amazon.Runtime;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Http;

public sealed class HttpConnectionPosterTests : IAsyncLifetime
{
    private static readonly Connection Connection = new(
        "Qv7kLd3mIAMCJw8=", new CallbackEndpoint("https://ws.example.com/prod"), DateTimeOffset.UnixEpoch);

    private readonly FakeTime _time = new();
    private readonly RecordingGateway _gateway = new();
    private readonly CallbackCredentials _credentials;
    private readonly GatewayConnections _gateways;
    private readonly HttpConnectionPoster _poster;

    public HttpConnectionPosterTests()
    {
        _credentials = new CallbackCredentials(
            new SessionAWSCredentials("AKIDEXAMPLE", "secret", "token"), _time, NullLogger<CallbackCredentials>.Instance);
        var options = Options.Create(new FanOutOptions { PostTimeout = TimeSpan.FromSeconds(3) });
        var heads = new RequestHeads(new PostSigner("eu-central-1"), _credentials, _time);
        _gateways = new GatewayConnections(_gateway.DialAsync, heads, options, _time);
        _poster = new HttpConnectionPoster(_gateways, options, _time);
    }

    public async ValueTask InitializeAsync() => await _credentials.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _gateways.Dispose();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered)]
    [InlineData(410, DeliveryOutcome.Gone)]
    [InlineData(429, DeliveryOutcome.Throttled)]
    [InlineData(413, DeliveryOutcome.TooLarge)]
    [InlineData(403, DeliveryOutcome.Forbidden)]
    [InlineData(401, DeliveryOutcome.Forbidden)]
    [InlineData(400, DeliveryOutcome.Failed)]
    [InlineData(404, DeliveryOutcome.Failed)]
    [InlineData(500, DeliveryOutcome.Failed)]
    [InlineData(503, DeliveryOutcome.Failed)]
    public async Task Every_answer_is_an_outcome(int status, DeliveryOutcome outcome)
    {
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer((HttpStatusCode)status);

        Assert.Equal(outcome, (await PostAsync("hello")).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_failure_tells_status_and_error_type()
    {
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Forbidden, "AccessDeniedException");

        Assert.Equal("403 AccessDeniedException", (await PostAsync("hello")).Reason);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_throttled_post_tells_how_long_the_gateway_asks_to_wait()
    {
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.TooManyRequests, retryAfter: TimeSpan.FromSeconds(7));

        Assert.Equal(TimeSpan.FromSeconds(7), (await PostAsync("hello")).RetryAfter);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("60", 60)]
    [InlineData("86400", 60)]
    [InlineData("99999999999999999999999", 60)]
    [InlineData("Sun, 22 Nov 2026 12:00:00 GMT", 60)] // a day from now
    [InlineData("Sat, 21 Nov 2026 12:00:10 GMT", 10)]
    [InlineData("Sat, 21 Nov 2026 11:59:59 GMT", null)]
    [InlineData("soon", null)]
    public async Task No_answer_makes_anybody_wait_for_more_than_a_minute(string retryAfter, int? seconds)
    {
        _gateway.OnRequest = async (_, _) =>
        {
            var answer = await RecordingGateway.Answer(HttpStatusCode.TooManyRequests);
            answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
            return answer;
        };

        Assert.Equal(seconds, (await PostAsync("hello")).RetryAfter?.TotalSeconds);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_connection_is_an_outcome()
    {
        _gateway.Refuses = true;

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "Connection refused"), await PostAsync("hello"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hung_post_ends_by_its_own_time_limit()
    {
        _gateway.OnRequest = HangAsync;
        var posting = PostAsync("hello");
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task Opening_the_socket_takes_its_part_of_the_time_of_a_post()
    {
        var (opened, asked) = (new TaskCompletionSource(), new TaskCompletionSource());
        _gateway.Opening = opened.Task;
        _gateway.OnRequest = (post, cancellation) =>
        {
            asked.SetResult();
            return HangAsync(post, cancellation);
        };
        var posting = PostAsync("hello");
        await _time.TimerAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(2));
        opened.SetResult();
        await asked.Task;

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        using var abandoning = new CancellationTokenSource();
        _gateway.OnRequest = HangAsync;
        var posting = _poster.PostAsync(Connection, new RenderedMessage("m1", "hello"), abandoning.Token).AsTask();

        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_over_128_KB_is_not_even_sent()
    {
        Assert.Equal(DeliveryOutcome.TooLarge, (await PostAsync(new string('x', Limits.MaxGatewayMessageBytes + 1))).Outcome);
        Assert.Empty(_gateway.Requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_names_its_connection_in_the_path_and_is_signed_for_the_session()
    {
        await PostAsync("Echo: grüß dich");

        var request = Assert.Single(_gateway.Requests);
        Assert.Equal("https://ws.example.com/prod/%40connections/Qv7kLd3mIAMCJw8%3D", request.Uri.OriginalString);
        Assert.Equal("Echo: grüß dich", request.Body);
        Assert.Equal("token", request.Headers["X-Amz-Security-Token"]);
        Assert.Equal("20261121T120000Z", request.Headers["X-Amz-Date"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Closing_is_a_DELETE_of_the_connection()
    {
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.NoContent);

        Assert.Equal(DeliveryOutcome.Delivered, (await _poster.CloseAsync(Connection, TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal(HttpMethod.Delete, Assert.Single(_gateway.Requests).Method);
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_one_after_the_other_share_a_socket()
    {
        foreach (var text in (string[])["one", "two", "three"]) await PostAsync(text);

        Assert.Equal(1, _gateway.Dialled);
        Assert.Equal(["one", "two", "three"], _gateway.DeliveredTo(Connection.Id));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(51)] // idle for longer than servers keep a connection
    [InlineData(601)] // open for so long that the gateway's addresses may have changed
    public async Task A_socket_that_is_too_old_is_not_used_again(int seconds)
    {
        await PostAsync("one");
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await PostAsync("two");

        Assert.Equal(2, _gateway.Dialled);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_in_steady_use_is_replaced_after_10_minutes()
    {
        for (var second = 0; second < 12 * 60; second += 30)
        {
            await PostAsync("again");
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(2, _gateway.Dialled);
    }

    private Task<Delivery> PostAsync(string text) =>
        _poster.PostAsync(Connection, new RenderedMessage("m1", text), TestContext.Current.CancellationToken).AsTask();

    private static async Task<HttpResponseMessage> HangAsync(RecordedPost post, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        throw new InvalidOperationException("An endless wait ended.");
    }
}
