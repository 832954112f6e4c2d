using System.Net;
using System.Net.Sockets;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster over HTTP/2, against a peer that sends the frames that a test says: what becomes of posts that it does not take.</summary>
public sealed class Http2FrameTests : IAsyncLifetime
{
    private const int InternalError = 2;
    private const int RefusedStream = 7;
    private const int Cancel = 8;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private PosterUnderTest _poster = null!;

    public async ValueTask InitializeAsync()
    {
        _listener.Start();

        // These peers answer a ping only when a test reads it.
        _poster = await PosterUnderTest.StartAsync(
            HttpChoice.Http2, configure: handler => handler.KeepAlivePingDelay = Timeout.InfiniteTimeSpan);
    }

    public async ValueTask DisposeAsync()
    {
        await _poster.DisposeAsync();
        _listener.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_share_one_socket_and_are_answered_in_any_order()
    {
        // Opened before: of posts that all wait for a first socket, one may ask for a second in the moment in which the first is there.
        var cancellation = TestContext.Current.CancellationToken;
        await using var peer = await OpenAsync(cancellation);
        var posts = PostMany(50, cancellation);

        var requests = await ReceiveAsync(peer, 50);
        foreach (var request in requests.Reverse()) await peer.AnswerAsync(request.Stream);

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(50, requests.Select(request => request.Body).Distinct().Count());
        Assert.False(_listener.Pending());
    }

    [Fact(Timeout = 60_000)]
    public async Task No_more_posts_are_under_way_on_a_socket_than_the_gateway_takes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var first = await OpenAsync(cancellation, maxStreams: 2);
        var posts = PostMany(5, cancellation);
        await using var second = await Http2Peer.AcceptAsync(_listener, maxStreams: 3);

        foreach (var request in await ReceiveAsync(first, 2)) await first.AnswerAsync(request.Stream);
        foreach (var request in await ReceiveAsync(second, 3)) await second.AnswerAsync(request.Stream);

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_gateway_that_ends_the_connection_has_not_looked_at_is_sent_again_on_another()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ending = await OpenAsync(cancellation);
        var posts = PostMany(3, cancellation);
        var requests = (await ReceiveAsync(ending, 3)).OrderBy(request => request.Stream).ToArray();
        await ending.SayGoodbyeAsync(requests[0].Stream);

        await using var next = await Http2Peer.AcceptAsync(_listener);
        var again = await ReceiveAsync(next, 2);
        foreach (var request in again) await next.AnswerAsync(request.Stream);
        await ending.AnswerAsync(requests[0].Stream); // that one it had taken

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(requests.Skip(1).Select(request => request.Body).Order(), again.Select(request => request.Body).Order());
        await ending.AwaitCloseAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_request_is_sent_again_and_one_that_was_broken_off_is_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var peer = await OpenAsync(cancellation);
        var posting = PostAsync(cancellation);

        await peer.ResetAsync((await peer.ReceiveRequestAsync()).Stream, RefusedStream);
        await peer.ResetAsync((await peer.ReceiveRequestAsync()).Stream, InternalError);

        var delivery = await posting;
        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("INTERNAL_ERROR", delivery.Reason, StringComparison.Ordinal);
        await AssertThatPostsGoOnAsync(peer, cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_refuses_four_times_is_a_failure()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var peer = await OpenAsync(cancellation);
        var posting = PostAsync(cancellation);

        for (var ask = 0; ask < 4; ask++) await peer.ResetAsync((await peer.ReceiveRequestAsync()).Stream, RefusedStream);

        var delivery = await posting;
        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("REFUSED_STREAM", delivery.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_that_breaks_fails_what_was_under_way_and_the_next_post_opens_another()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Task<Delivery>[] posts;
        await using (var broken = await OpenAsync(cancellation))
        {
            posts = PostMany(2, cancellation);
            await ReceiveAsync(broken, 2);
        }

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome));
        await using var next = await OpenAsync(cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hung_post_ends_by_its_own_time_limit_and_its_answer_comes_too_late()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var peer = await OpenAsync(cancellation);
        var hung = PostAsync(cancellation);
        var stream = (await peer.ReceiveRequestAsync()).Stream;
        _poster.Time.Advance(PosterUnderTest.Timeout / 2);
        await AssertThatPostsGoOnAsync(peer, cancellation);

        _poster.Time.Advance(PosterUnderTest.Timeout / 2);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await hung);
        var reset = await peer.ReceiveAsync(FrameType.ResetStream);
        Assert.Equal((stream, Cancel), (reset.Stream, reset.Payload[^1]));
        await peer.AnswerAsync(stream);
        await AssertThatPostsGoOnAsync(peer, cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_has_fallen_silent_is_posted_to_on_another_socket()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Here a second is a second: .NET pings on the system's clock, first after one, and waits for two.
        await using var poster = await PosterUnderTest.StartAsync(HttpChoice.Http2);
        var posting = poster.PostAsync(Endpoint, cancellation);
        await using var silent = await Http2Peer.AcceptAsync(_listener);
        await silent.ReceiveRequestAsync();

        Assert.Equal(FrameType.Ping, (await silent.ReceiveAsync(FrameType.Ping)).Type);
        Assert.Equal(DeliveryOutcome.Failed, (await posting).Outcome);

        posting = poster.PostAsync(Endpoint, cancellation);
        await using var next = await Http2Peer.AcceptAsync(_listener);
        await next.AnswerAsync((await next.ReceiveRequestAsync()).Stream);
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_greet_is_a_failure_in_time()
    {
        var posting = PostAsync(TestContext.Current.CancellationToken);
        await using var peer = await Http2Peer.AcceptSilentlyAsync(_listener);

        _poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_speak_HTTP2_is_a_failure_with_its_reason()
    {
        var posting = PostAsync(TestContext.Current.CancellationToken);
        await using var peer = await Http2Peer.AcceptSilentlyAsync(_listener);
        await peer.SendTextAsync("HTTP/1.1 400 Bad Request\r\n\r\n");

        var delivery = await posting;

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("HTTP/", delivery.Reason, StringComparison.Ordinal);
    }

    private string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/prod";

    private static async Task<Http2Request[]> ReceiveAsync(Http2Peer peer, int count)
    {
        var requests = new Http2Request[count];
        for (var index = 0; index < count; index++) requests[index] = await peer.ReceiveRequestAsync();
        return requests;
    }

    /// <summary>A connection that has served a post: before its greeting, .NET assumes that 100 may be under way.</summary>
    private async Task<Http2Peer> OpenAsync(CancellationToken cancellation, int maxStreams = 100)
    {
        var posting = PostAsync(cancellation);
        var peer = await Http2Peer.AcceptAsync(_listener, maxStreams);
        await peer.AnswerAsync((await peer.ReceiveRequestAsync()).Stream);
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await posting);
        return peer;
    }

    private async Task AssertThatPostsGoOnAsync(Http2Peer peer, CancellationToken cancellation)
    {
        var posting = PostAsync(cancellation);
        await peer.AnswerAsync((await peer.ReceiveRequestAsync()).Stream);
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await posting);
    }

    private Task<Delivery> PostAsync(CancellationToken cancellation) => _poster.PostAsync(Endpoint, cancellation);

    private Task<Delivery>[] PostMany(int count, CancellationToken cancellation) =>
        [.. Enumerable.Range(0, count).Select(number => _poster.PostAsync(Endpoint, cancellation, $"text {number}"))];
}
