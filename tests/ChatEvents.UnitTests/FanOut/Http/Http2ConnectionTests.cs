using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.Runtime;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Posting.Http2;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster on real sockets, against a peer that sends the frames of HTTP/2 that a test says.</summary>
public sealed class Http2ConnectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly FakeTime _time = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CallbackCredentials _credentials;
    private readonly GatewayConnections _gateways;
    private readonly HttpConnectionPoster _poster;
    private CallbackEndpoint? _endpoint;

    public Http2ConnectionTests()
    {
        _credentials = new CallbackCredentials(
            new SessionAWSCredentials("AKIDEXAMPLE", "secret", "token"), _time, NullLogger<CallbackCredentials>.Instance);
        var options = Options.Create(new FanOutOptions { PostTimeout = Timeout, Http = HttpChoice.Http2 });
        _gateways = new GatewayConnections(
            (endpoint, cancellation) => GatewaySockets.DialAsync(endpoint, HttpChoice.Http2, trust: null, cancellation),
            new RequestHeads(new PostSigner("eu-central-1"), _credentials, _time),
            options,
            _time);
        _poster = new HttpConnectionPoster(_gateways, options, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _listener.Start();
        await _credentials.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _gateways.Dispose();
        _listener.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_share_one_socket_and_are_answered_in_any_order()
    {
        var posts = Enumerable.Range(0, 50).Select(number => PostAsync($"text {number}")).ToList();
        await using var peer = await Http2Peer.AcceptAsync(_listener);

        var requests = new List<Http2Request>();
        while (requests.Count < posts.Count) requests.Add(await peer.ReceiveRequestAsync());
        foreach (var request in Enumerable.Reverse(requests)) await peer.AnswerAsync(request.Stream, 200);

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Delivered, delivery.Outcome));
        Assert.Equal(posts.Count, requests.Select(request => request.Body).Distinct().Count());
        Assert.False(_listener.Pending());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_names_its_connection_in_the_path_and_is_signed_for_the_session()
    {
        var posting = PostAsync("Echo: grüß dich");
        await using var peer = await Http2Peer.AcceptAsync(_listener);

        var request = await peer.ReceiveRequestAsync();
        await peer.AnswerAsync(request.Stream);

        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        Assert.Equal("Echo: grüß dich", request.Body);
        Assert.Contains("/prod/%40connections/Qv7kLd3mIAMCJw8%3D", request.Block, StringComparison.Ordinal);
        Assert.Contains("x-amz-security-token\u0005token", request.Block, StringComparison.Ordinal);
        Assert.Contains("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/", request.Block, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_may_come_in_parts_and_with_all_that_HTTP_allows_around_it()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);
        var stream = (await peer.ReceiveRequestAsync()).Stream;

        await peer.SendAsync(Http2FrameType.Headers, Http2Flags.EndHeaders, stream, Http2Peer.Header(":status", "103"));
        await peer.SendAsync((Http2FrameType)0xEE, 0xFF, 0, 1, 2, 3); // a type that nobody knows is passed over (RFC 9113, 4.1)
        byte[] head = [.. Http2Peer.Header(":status", "429"), .. Http2Peer.Header("x-amzn-errortype", "LimitExceededException"), .. Http2Peer.Header("retry-after", "7")];
        byte[] padded = [2, 0, 0, 0, 0, 0, .. head[..5], 0, 0]; // padding, and a priority of 5 bytes
        await peer.SendAsync(Http2FrameType.Headers, Http2Flags.Padded | Http2Flags.Priority, stream, padded);
        await peer.SendAsync(Http2FrameType.Continuation, Http2Flags.None, stream, head[5..20]);
        await peer.SendAsync(Http2FrameType.Continuation, Http2Flags.EndHeaders, stream, head[20..]);
        await peer.SendAsync(Http2FrameType.Data, Http2Flags.None, stream, Encoding.ASCII.GetBytes("{\"message\":"));
        await peer.SendAsync(Http2FrameType.Data, Http2Flags.None, stream, Encoding.ASCII.GetBytes("null}"));
        await peer.SendAsync(Http2FrameType.Headers, Http2Flags.EndHeaders | Http2Flags.EndStream, stream, Http2Peer.Header("trailer", "x"));

        Assert.Equal(new Delivery(DeliveryOutcome.Throttled, TimeSpan.FromSeconds(7), Reason: null), await posting);
        Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(peer));
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_an_endless_body_nothing_is_waited_for()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);
        var stream = (await peer.ReceiveRequestAsync()).Stream;

        await peer.SendAsync(Http2FrameType.Headers, Http2Flags.EndHeaders, stream, 0x88);
        for (var part = 0; part < 3; part++) await peer.SendAsync(Http2FrameType.Data, Http2Flags.None, stream, new byte[16_000]);

        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        Assert.Equal(48_000, BytesOf((await peer.ReceiveAsync(Http2FrameType.WindowUpdate)).Payload)); // so that the others are not held up
        Assert.Equal(stream, (await peer.ReceiveAsync(Http2FrameType.ResetStream)).Head.Stream);
        Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(peer));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_is_sent_as_the_gateway_lets_it()
    {
        var text = new string('x', 100_000);
        var posting = PostAsync(text);
        await using var peer = await Http2Peer.AcceptAsync(_listener, (Http2Setting.InitialWindowSize, 10));

        var head = (await peer.ReceiveAsync(Http2FrameType.Headers)).Head;
        var received = await ReceiveBodyAsync(peer, 10);
        await peer.SendAsync(Http2FrameType.WindowUpdate, 0, head.Stream, Http2Peer.Number(90_000)); // the connection's own is narrower
        received += await ReceiveBodyAsync(peer, 65_525);
        await peer.SendAsync(Http2FrameType.WindowUpdate, 0, 0, Http2Peer.Number(1_000_000));
        received += await ReceiveBodyAsync(peer, 24_475);
        await peer.SendSettingsAsync((Http2Setting.InitialWindowSize, 60_000)); // of streams that are open, too
        received += await ReceiveBodyAsync(peer, 9_990);
        await peer.AnswerAsync(head.Stream);

        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        Assert.Equal(text, received);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_that_does_not_wait_for_the_body_ends_the_post()
    {
        var posting = PostAsync(new string('x', 100_000));
        await using var peer = await Http2Peer.AcceptAsync(_listener);
        var stream = (await peer.ReceiveAsync(Http2FrameType.Headers)).Head.Stream;

        await peer.AnswerAsync(stream, 404);

        Assert.Equal("404", (await posting).Reason);
        Assert.Equal(stream, (await peer.ReceiveAsync(Http2FrameType.ResetStream)).Head.Stream);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_more_posts_are_under_way_on_a_socket_than_the_gateway_takes()
    {
        var posts = Enumerable.Range(0, 5).Select(number => PostAsync($"text {number}")).ToList();
        var peers = new List<Http2Peer>();
        for (var count = 0; count < 3; count++) peers.Add(await Http2Peer.AcceptAsync(_listener, (Http2Setting.MaxConcurrentStreams, 2)));

        var requests = new List<(Http2Peer Peer, int Stream)>();
        foreach (var (peer, expected) in peers.Zip([2, 2, 1]))
        {
            for (var count = 0; count < expected; count++) requests.Add((peer, (await peer.ReceiveRequestAsync()).Stream));
        }

        foreach (var (peer, stream) in requests) await peer.AnswerAsync(stream);
        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Delivered, delivery.Outcome));
        foreach (var peer in peers) await peer.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_gateway_that_ends_the_connection_has_not_looked_at_is_posted_on_another()
    {
        var posts = Enumerable.Range(0, 3).Select(number => PostAsync($"text {number}")).ToList();
        await using var ending = await Http2Peer.AcceptAsync(_listener);
        var requests = new List<Http2Request>();
        while (requests.Count < 3) requests.Add(await ending.ReceiveRequestAsync());
        await ending.SendAsync(Http2FrameType.GoAway, 0, 0, [.. Http2Peer.Number(requests[0].Stream), .. Http2Peer.Number(0)]);

        await using var next = await Http2Peer.AcceptAsync(_listener);
        var again = new[] { await next.ReceiveRequestAsync(), await next.ReceiveRequestAsync() };
        foreach (var request in again) await next.AnswerAsync(request.Stream);
        await ending.AnswerAsync(requests[0].Stream); // that one it had taken

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Delivered, delivery.Outcome));
        Assert.Equal(requests.Skip(1).Select(request => request.Body).Order(), again.Select(request => request.Body).Order());
        await ending.AwaitCloseAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_request_is_made_again_and_one_that_was_broken_off_is_not()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);

        await peer.SendAsync(Http2FrameType.ResetStream, 0, (await peer.ReceiveRequestAsync()).Stream, Http2Peer.Number((int)Http2Error.Refused));
        await peer.SendAsync(Http2FrameType.ResetStream, 0, (await peer.ReceiveRequestAsync()).Stream, Http2Peer.Number(2));

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "The gateway broke the request off (HTTP/2 error 2)."), await posting);
        Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(peer));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_refuses_for_ever_is_a_failure()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);

        for (var ask = 0; ask < 5; ask++)
            await peer.SendAsync(Http2FrameType.ResetStream, 0, (await peer.ReceiveRequestAsync()).Stream, Http2Peer.Number((int)Http2Error.Refused));

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "The gateway refused the request."), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_that_breaks_fails_what_was_under_way_and_the_next_post_opens_another()
    {
        var posts = new[] { PostAsync("one"), PostAsync("two") };
        await using (var broken = await Http2Peer.AcceptAsync(_listener))
        {
            foreach (var _ in posts) await broken.ReceiveRequestAsync();
        }

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome));
        var posting = PostAsync("three");
        await using var next = await Http2Peer.AcceptAsync(_listener);
        await next.AnswerAsync((await next.ReceiveRequestAsync()).Stream);
        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hung_post_ends_by_its_own_time_limit_and_the_gateway_is_told()
    {
        await using var peer = await OpenAsync();
        var hung = PostAsync("hello");
        var stream = (await peer.ReceiveRequestAsync()).Stream;
        _time.Advance(Timeout / 2);
        var quick = PostAsync("quick");
        await peer.AnswerAsync((await peer.ReceiveRequestAsync()).Stream);
        Assert.Equal(DeliveryOutcome.Delivered, (await quick).Outcome);

        _time.Advance(Timeout / 2);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await hung);
        Assert.Equal(stream, (await peer.ReceiveAsync(Http2FrameType.ResetStream)).Head.Stream);
        await peer.AnswerAsync(stream); // which is too late, and does no harm
        Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(peer));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_has_fallen_silent_is_posted_to_on_another_socket()
    {
        await using var silent = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        var hung = PostAsync("hello");
        await silent.ReceiveRequestAsync();
        _time.Advance(Timeout);
        Assert.Equal(DeliveryOutcome.Failed, (await hung).Outcome);

        var posting = PostAsync("hello again");
        await using var next = await Http2Peer.AcceptAsync(_listener);
        await next.AnswerAsync((await next.ReceiveRequestAsync()).Stream);
        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        await using var peer = await OpenAsync();
        using var abandoning = new CancellationTokenSource();
        var posting = PostUntilAsync("hello", abandoning.Token);
        var stream = (await peer.ReceiveRequestAsync()).Stream;

        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
        Assert.Equal(stream, (await peer.ReceiveAsync(Http2FrameType.ResetStream)).Head.Stream);
        Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(peer));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ping_is_answered()
    {
        await using var peer = await OpenAsync();
        await peer.SendAsync(Http2FrameType.Ping, Http2Flags.None, 0, 1, 2, 3, 4, 5, 6, 7, 8);

        var (head, payload) = await peer.ReceiveAsync(Http2FrameType.Ping);

        Assert.True(head.Has(Http2Flags.Ack));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], payload);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_greets_with_no_place_for_a_request_is_a_failure()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener, (Http2Setting.MaxConcurrentStreams, 0));

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "The gateway takes no requests."), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_greet_is_a_failure_in_time()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptSilentlyAsync(_listener);
        await _time.AdvanceToTimerAsync(Timeout, Cancellation);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task Opening_the_socket_takes_its_part_of_the_time_of_a_post()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptSilentlyAsync(_listener);
        _time.Advance(Timeout * 2 / 3);
        await peer.SendSettingsAsync();
        await peer.ReceiveRequestAsync();

        _time.Advance(Timeout / 3);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_speak_HTTP2_is_a_failure_with_its_reason()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptSilentlyAsync(_listener);
        await peer.SendTextAsync("HTTP/1.1 400 Bad Request\r\n\r\n");

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "The gateway's answer is no HTTP/2."), await posting);
    }

    [Theory(Timeout = 60_000)]
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0xC0 }, "A header of the gateway's answer is in no table.")] // 64
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0x80 }, "A header of the gateway's answer is in no table.")] // 0
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0x3F, 0xE1, 0x1F }, "The gateway keeps a table of headers that it was told not to keep.")]
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0x00, 0x7F }, "A header of the gateway's answer ends too early.")]
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "A header of the gateway's answer ends too early.")]
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { 0x21 }, "The gateway keeps a table of headers that it was told not to keep.")]
    [InlineData((byte)Http2FrameType.Headers, 0x5, new byte[] { }, "The gateway's answer has no status.")]
    [InlineData((byte)Http2FrameType.Headers, 0xD, new byte[] { 9, 0x88 }, "The gateway's answer is no HTTP/2.")] // more padding than there is
    [InlineData((byte)Http2FrameType.Data, 0x1, new byte[] { }, "The gateway's answer has no status.")]
    [InlineData((byte)Http2FrameType.ResetStream, 0x0, new byte[] { 1 }, "The gateway's answer is no HTTP/2.")]
    [InlineData((byte)Http2FrameType.Continuation, 0x4, new byte[] { 0x88 }, "The gateway's answer is no HTTP/2.")]
    [InlineData((byte)Http2FrameType.PushPromise, 0x4, new byte[] { 0, 0, 0, 2 }, "The gateway's answer is no HTTP/2.")]
    [InlineData((byte)Http2FrameType.WindowUpdate, 0x0, new byte[] { 0x7F, 0xFF, 0xFF, 0xFF }, "The gateway's answer is no HTTP/2.")]
    public async Task A_gateway_that_breaks_the_rules_is_a_failure_with_its_reason(byte type, byte flags, byte[] payload, string reason)
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);

        await peer.SendAsync((Http2FrameType)type, flags, (await peer.ReceiveRequestAsync()).Stream, payload);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: reason), await posting);
        await peer.AwaitCloseAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_head_without_an_end_is_given_up()
    {
        var posting = PostAsync("hello");
        await using var peer = await Http2Peer.AcceptAsync(_listener);
        var stream = (await peer.ReceiveRequestAsync()).Stream;

        await peer.SendAsync(Http2FrameType.Headers, Http2Flags.None, stream, 0x88);
        for (var part = 0; part < 3; part++) await peer.SendAsync(Http2FrameType.Continuation, Http2Flags.None, stream, new byte[12_000]);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "The gateway's answer has a head without an end."), await posting);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(51)] // idle for longer than servers keep a connection
    [InlineData(601)] // open for so long that the gateway's addresses may have changed
    public async Task A_socket_that_is_too_old_is_not_used_again(int seconds)
    {
        await using var old = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));

        var posting = PostAsync("two");

        await using var next = await Http2Peer.AcceptAsync(_listener);
        await next.AnswerAsync((await next.ReceiveRequestAsync()).Stream);
        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        await old.AwaitCloseAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_in_steady_use_is_replaced_after_10_minutes_and_ends_what_it_has_begun()
    {
        await using var old = await OpenAsync();
        for (var second = 0; second < 10 * 60; second += 30)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal(DeliveryOutcome.Delivered, await PostAndAnswerAsync(old));
        }

        var lastOnOld = PostAsync("last");
        var stream = (await old.ReceiveRequestAsync()).Stream;
        _time.Advance(TimeSpan.FromSeconds(1));
        var posting = PostAsync("first on the next");
        await using var next = await Http2Peer.AcceptAsync(_listener);
        await next.AnswerAsync((await next.ReceiveRequestAsync()).Stream);
        await old.AnswerAsync(stream);

        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await lastOnOld).Outcome);
        await old.AwaitCloseAsync();
    }

    private static int BytesOf(byte[] number) => Http2FrameHead.ReadNumber(number);

    /// <summary>A connection that has served a post.</summary>
    private async Task<Http2Peer> OpenAsync()
    {
        var posting = PostAsync("the first");
        var peer = await Http2Peer.AcceptAsync(_listener);
        await peer.AnswerAsync((await peer.ReceiveRequestAsync()).Stream);
        Assert.Equal(DeliveryOutcome.Delivered, (await posting).Outcome);
        return peer;
    }

    private async Task<DeliveryOutcome> PostAndAnswerAsync(Http2Peer peer)
    {
        var posting = PostAsync("another");
        await peer.AnswerAsync((await peer.ReceiveRequestAsync()).Stream);
        return (await posting).Outcome;
    }

    private static async Task<string> ReceiveBodyAsync(Http2Peer peer, int length)
    {
        var received = new StringBuilder();
        while (received.Length < length)
            received.Append(Encoding.ASCII.GetString((await peer.ReceiveAsync(Http2FrameType.Data)).Payload));
        Assert.Equal(length, received.Length);
        return received.ToString();
    }

    private Task<Delivery> PostAsync(string text) => PostUntilAsync(text, Cancellation);

    private Task<Delivery> PostUntilAsync(string text, CancellationToken abandoning)
    {
        _endpoint ??= new CallbackEndpoint($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/prod");
        var connection = new Connection("Qv7kLd3mIAMCJw8=", _endpoint, DateTimeOffset.UnixEpoch);
        return _poster.PostAsync(connection, new RenderedMessage("m1", text), abandoning).AsTask();
    }
}
