using System.Net;
using System.Net.Sockets;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Gateways that hang, and workers that have no more time.</summary>
public abstract class TimeLimitTests(HttpChoice http) : PostsOverHttp(http)
{
    [Fact(Timeout = 60_000)]
    public async Task A_post_that_hangs_before_the_answer_ends_by_its_own_time_limit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        var posting = PostAsync(cancellation);
        await hanging.Reached.WaitAsync(cancellation);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
        await hanging.Aborted.WaitAsync(cancellation); // the gateway is told that nobody waits any more
        await AssertThatPostsGoOnAsync(cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered, null)] // once more would be twice
    [InlineData(410, DeliveryOutcome.Gone, null)]
    [InlineData(500, DeliveryOutcome.Failed, "500")]
    public async Task An_answer_that_hangs_in_the_middle_of_its_body_is_what_its_status_says_once_the_time_is_over(
        int status, DeliveryOutcome outcome, string? reason)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var hanging = new Hanging();
        Gateway.OnRequest = async context =>
        {
            await BeginBodyAsync(context, status);
            await hanging.HangAsync(context);
        };
        var posting = PostAsync(cancellation);
        Assert.Equal(status, await Poster.Answers.NextAsync(cancellation));
        Assert.False(posting.IsCompleted);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(outcome, Reason: reason), await posting);
        await hanging.Aborted.WaitAsync(cancellation);
        await AssertThatPostsGoOnAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task Opening_the_connection_takes_its_part_of_the_time_of_a_post()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (opening, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var poster = await StartPosterAsync(handler => handler.ConnectCallback = async (context, given) =>
        {
            opening.TrySetResult();
            await opened.Task.WaitAsync(given);
            return await DialAsync(context, given);
        });
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        var posting = poster.PostAsync(Gateway.Endpoint, cancellation);
        await opening.Task.WaitAsync(cancellation);
        poster.Time.Advance(PosterUnderTest.Timeout * 2 / 3);
        opened.SetResult();
        await hanging.Reached.WaitAsync(cancellation);

        poster.Time.Advance(PosterUnderTest.Timeout / 3);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_whose_connection_never_opens_ends_by_its_own_time_limit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opening = new TaskCompletionSource();
        await using var poster = await StartPosterAsync(handler => handler.ConnectCallback = async (_, given) =>
        {
            opening.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, given);
            throw new InvalidOperationException("An endless wait ended.");
        });
        var posting = poster.PostAsync(Gateway.Endpoint, cancellation);
        await opening.Task.WaitAsync(cancellation);

        poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_never_answers_the_handshake_of_TLS_is_a_failure_in_time()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var posting = Poster.PostAsync($"https://localhost:{((IPEndPoint)silent.LocalEndpoint).Port}/prod", cancellation);
        using var socket = await silent.AcceptSocketAsync(cancellation);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_takes_too_long_to_open_for_NETs_own_limit_is_a_failure_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var poster = await StartPosterAsync(handler =>
        {
            handler.ConnectTimeout = TimeSpan.FromMilliseconds(1);
            handler.ConnectCallback = async (_, given) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, given);
                throw new InvalidOperationException("An endless wait ended.");
            };
        });

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await poster.PostAsync(Gateway.Endpoint, cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var posting = Poster.PostAsync(Gateway.Endpoint, abandoning.Token);
        await hanging.Reached.WaitAsync(cancellation);

        await abandoning.CancelAsync();

        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
        Assert.Equal(abandoning.Token, ended.CancellationToken);
        await hanging.Aborted.WaitAsync(cancellation);
        await AssertThatPostsGoOnAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_of_a_worker_that_has_abandoned_it_already_is_not_sent()
    {
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await abandoning.CancelAsync();
        var requests = new Recorded<string>();
        Gateway.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Poster.PostAsync(Gateway.Endpoint, abandoning.Token));
        Assert.Empty(requests.All);
    }

    private static async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}

public sealed class Http1TimeLimitTests() : TimeLimitTests(HttpChoice.Http1);

public sealed class Http2TimeLimitTests() : TimeLimitTests(HttpChoice.Http2);
