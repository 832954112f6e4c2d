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
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        var posting = PostAsync();
        await hanging.Reached.WaitAsync(Cancellation);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
        await hanging.Aborted.WaitAsync(Cancellation); // the gateway is told that nobody waits any more
        await AssertThatPostsGoOnAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered, null)] // once more would be twice
    [InlineData(410, DeliveryOutcome.Gone, null)]
    [InlineData(500, DeliveryOutcome.Failed, "500")]
    public async Task An_answer_that_hangs_in_the_middle_of_its_body_is_what_its_status_says_once_the_time_is_over(
        int status, DeliveryOutcome outcome, string? reason)
    {
        var hanging = new Hanging();
        Gateway.OnRequest = async context =>
        {
            await BeginBodyAsync(context, status);
            await hanging.HangAsync(context);
        };
        var posting = PostAsync();
        Assert.Equal(status, await Poster.Answers.NextAsync(Cancellation));
        Assert.False(posting.IsCompleted);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(outcome, Reason: reason), await posting);
        await hanging.Aborted.WaitAsync(Cancellation);
        await AssertThatPostsGoOnAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Opening_the_connection_takes_its_part_of_the_time_of_a_post()
    {
        var (opening, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var poster = await StartPosterAsync(handler => handler.ConnectCallback = async (context, cancellation) =>
        {
            opening.TrySetResult();
            await opened.Task.WaitAsync(cancellation);
            return await DialAsync(context, cancellation);
        });
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        var posting = poster.PostAsync(Gateway.Endpoint);
        await opening.Task.WaitAsync(Cancellation);
        poster.Time.Advance(PosterUnderTest.Timeout * 2 / 3);
        opened.SetResult();
        await hanging.Reached.WaitAsync(Cancellation);

        poster.Time.Advance(PosterUnderTest.Timeout / 3);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_whose_connection_never_opens_ends_by_its_own_time_limit()
    {
        var opening = new TaskCompletionSource();
        await using var poster = await StartPosterAsync(handler => handler.ConnectCallback = async (_, cancellation) =>
        {
            opening.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            throw new InvalidOperationException("An endless wait ended.");
        });
        var posting = poster.PostAsync(Gateway.Endpoint);
        await opening.Task.WaitAsync(Cancellation);

        poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_never_answers_the_handshake_of_TLS_is_a_failure_in_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var posting = Poster.PostAsync($"https://localhost:{((IPEndPoint)silent.LocalEndpoint).Port}/prod");
        using var socket = await silent.AcceptSocketAsync(Cancellation);

        Poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_takes_too_long_to_open_for_NETs_own_limit_is_a_failure_too()
    {
        await using var poster = await StartPosterAsync(handler =>
        {
            handler.ConnectTimeout = TimeSpan.FromMilliseconds(1);
            handler.ConnectCallback = async (_, cancellation) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                throw new InvalidOperationException("An endless wait ended.");
            };
        });

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await poster.PostAsync(Gateway.Endpoint));
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        var hanging = new Hanging();
        Gateway.OnRequest = hanging.HangAsync;
        using var abandoning = new CancellationTokenSource();
        var posting = Poster.PostAsync(Gateway.Endpoint, abandoning: abandoning.Token);
        await hanging.Reached.WaitAsync(Cancellation);

        await abandoning.CancelAsync();

        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
        Assert.Equal(abandoning.Token, ended.CancellationToken);
        await hanging.Aborted.WaitAsync(Cancellation);
        await AssertThatPostsGoOnAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_of_a_worker_that_has_abandoned_it_already_is_not_sent()
    {
        using var abandoning = new CancellationTokenSource();
        await abandoning.CancelAsync();
        var requests = new Recorded<string>();
        Gateway.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Poster.PostAsync(Gateway.Endpoint, abandoning: abandoning.Token));
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
