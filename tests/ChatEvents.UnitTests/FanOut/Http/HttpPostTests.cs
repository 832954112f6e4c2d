using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>What a post ends with, whatever the gateway does; the same over either version of HTTP.</summary>
public abstract class HttpPostTests(HttpChoice http, string protocol) : IAsyncLifetime
{
    private KestrelGateway _gateway = null!;
    private PosterUnderTest _poster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _gateway = await KestrelGateway.StartAsync();
        _poster = await StartPosterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _poster.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered, null)]
    [InlineData(204, DeliveryOutcome.Delivered, null)]
    [InlineData(410, DeliveryOutcome.Gone, null)]
    [InlineData(429, DeliveryOutcome.Throttled, null)]
    [InlineData(413, DeliveryOutcome.TooLarge, null)]
    [InlineData(403, DeliveryOutcome.Forbidden, "403")]
    [InlineData(401, DeliveryOutcome.Forbidden, "401")]
    [InlineData(400, DeliveryOutcome.Failed, "400")]
    [InlineData(404, DeliveryOutcome.Failed, "404")]
    [InlineData(500, DeliveryOutcome.Failed, "500")]
    [InlineData(503, DeliveryOutcome.Failed, "503")]
    public async Task Every_answer_is_an_outcome(int status, DeliveryOutcome outcome, string? reason)
    {
        _gateway.OnRequest = Answer(status);

        Assert.Equal(new Delivery(outcome, Reason: reason), await PostAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_failure_tells_status_and_error_type()
    {
        _gateway.OnRequest = Answer(403, ("x-amzn-ErrorType", "AccessDeniedException"));

        Assert.Equal("403 AccessDeniedException", (await PostAsync()).Reason);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("7", 7)]
    [InlineData("60", 60)]
    [InlineData("86400", 60)]
    [InlineData("99999999999999999999999", 60)]
    [InlineData("Sun, 22 Nov 2026 12:00:00 GMT", 60)] // a day from now
    [InlineData("Sat, 21 Nov 2026 12:00:10 GMT", 10)]
    [InlineData("Sat, 21 Nov 2026 11:59:59 GMT", null)]
    [InlineData("soon", null)]
    public async Task A_throttled_post_tells_how_long_to_wait_but_never_more_than_a_minute(string retryAfter, int? seconds)
    {
        _gateway.OnRequest = Answer(429, ("Retry-After", retryAfter));

        Assert.Equal(seconds, (await PostAsync()).RetryAfter?.TotalSeconds);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_names_its_connection_in_the_path_and_is_signed_for_the_session()
    {
        var seen = new Recorded<(string Method, string Target, string Protocol, string Body, Dictionary<string, string> Headers)>();
        _gateway.OnRequest = async context => seen.Add((
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Protocol,
            await BodyOfAsync(context),
            context.Request.Headers.ToDictionary(header => header.Key, header => $"{header.Value}", StringComparer.OrdinalIgnoreCase)));

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync("Echo: grüß dich"));

        var request = Assert.Single(seen.All);
        Assert.Equal(("POST", "/prod/%40connections/Qv7kLd3mIAMCJw8%3D", protocol, "Echo: grüß dich"), (request.Method, request.Target, request.Protocol, request.Body));
        Assert.Equal($"localhost:{_gateway.Port}", request.Headers["Host"]);
        Assert.Equal("token", request.Headers["X-Amz-Security-Token"]);
        Assert.Equal("20261121T120000Z", request.Headers["X-Amz-Date"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_carries_what_signs_it_and_nothing_else()
    {
        var names = new Recorded<string[]>();
        _gateway.OnRequest = context =>
        {
            names.Add([.. context.Request.Headers.Keys.Where(name => !name.StartsWith(':')).Order(StringComparer.OrdinalIgnoreCase)]);
            context.Response.Headers.SetCookie = "AWSALB=1";
            context.Response.Headers.Location = "/prod/elsewhere";
            context.Response.StatusCode = 307; // which is not followed: the signature would not fit
            return Task.CompletedTask;
        };

        using (new Activity("a walk").Start())
        {
            Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "307"), await PostAsync());
            Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "307"), await PostAsync());
        }

        string[] expected = ["Authorization", "Content-Length", "Host", "X-Amz-Content-SHA256", "X-Amz-Date", "X-Amz-Security-Token"];
        Assert.Equal(2, names.All.Count);
        Assert.All(names.All, seen => Assert.Equal(expected, seen, StringComparer.OrdinalIgnoreCase));
    }

    [Fact(Timeout = 60_000)]
    public async Task Closing_is_a_DELETE_of_the_connection()
    {
        var methods = new Recorded<string>();
        _gateway.OnRequest = context =>
        {
            methods.Add(context.Request.Method);
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        };

        Assert.Equal(DeliveryOutcome.Delivered, (await _poster.CloseAsync(_gateway.Endpoint)).Outcome);
        Assert.Equal(["DELETE"], methods.All);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_over_128_KB_is_not_even_sent()
    {
        var requests = new Recorded<string>();
        _gateway.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        Assert.Equal(DeliveryOutcome.TooLarge, (await PostAsync(new string('x', Limits.MaxGatewayMessageBytes + 1))).Outcome);
        Assert.Empty(requests.All);
    }

    [Fact(Timeout = 60_000)]
    public async Task Bodies_of_any_size_arrive_whole()
    {
        var bodies = new Recorded<string>();
        _gateway.OnRequest = async context => bodies.Add(await BodyOfAsync(context));

        var texts = Enumerable.Range(0, 300).Select(number => $"text {number} {new string('x', number * 100)}")
            .Append(new string('y', Limits.MaxGatewayMessageBytes))
            .ToList();
        var deliveries = await Task.WhenAll(texts.Select(PostAsync));

        Assert.All(deliveries, delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(texts.Order(), bodies.All.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_hangs_before_the_answer_ends_by_its_own_time_limit()
    {
        var hanging = new Hanging();
        _gateway.OnRequest = hanging.HangAsync;
        var posting = PostAsync();
        await hanging.Reached.WaitAsync(Cancellation);

        _poster.Time.Advance(PosterUnderTest.Timeout);

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
        _gateway.OnRequest = async context =>
        {
            await BeginBodyAsync(context, status);
            await hanging.HangAsync(context);
        };
        var posting = PostAsync();
        Assert.Equal(status, await _poster.Answers.NextAsync(Cancellation));
        Assert.False(posting.IsCompleted);

        _poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(outcome, Reason: reason), await posting);
        await hanging.Aborted.WaitAsync(Cancellation);
        await AssertThatPostsGoOnAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered)]
    [InlineData(410, DeliveryOutcome.Gone)]
    public async Task An_answer_that_is_cut_off_in_its_body_is_what_its_status_says(int status, DeliveryOutcome outcome)
    {
        _gateway.OnRequest = async context =>
        {
            await BeginBodyAsync(context, status);
            await _poster.Answers.NextAsync(Cancellation);
            context.Abort();
        };

        Assert.Equal(new Delivery(outcome), await PostAsync());
        await AssertThatPostsGoOnAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_an_endless_body_is_not_waited_for()
    {
        _gateway.OnRequest = async context =>
        {
            var part = new byte[16_000];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(part, CancellationToken.None);
        };

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync());
        await AssertThatPostsGoOnAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_the_gateway_breaks_off_has_failed()
    {
        _gateway.OnRequest = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var delivery = await PostAsync();

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.NotEmpty(delivery.Reason!);
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
        _gateway.OnRequest = hanging.HangAsync;
        var posting = poster.PostAsync(_gateway.Endpoint);
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
        var posting = poster.PostAsync(_gateway.Endpoint);
        await opening.Task.WaitAsync(Cancellation);

        poster.Time.Advance(PosterUnderTest.Timeout);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await posting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_never_answers_the_handshake_of_TLS_is_a_failure_in_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var posting = _poster.PostAsync($"https://localhost:{((IPEndPoint)silent.LocalEndpoint).Port}/prod");
        using var socket = await silent.AcceptSocketAsync(Cancellation);

        _poster.Time.Advance(PosterUnderTest.Timeout);

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

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "no answer within 3 s"), await poster.PostAsync(_gateway.Endpoint));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_connection_is_an_outcome()
    {
        await _gateway.StopAsync();

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "Connection refused"), await PostAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        var hanging = new Hanging();
        _gateway.OnRequest = hanging.HangAsync;
        using var abandoning = new CancellationTokenSource();
        var posting = _poster.PostAsync(_gateway.Endpoint, abandoning: abandoning.Token);
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
        _gateway.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _poster.PostAsync(_gateway.Endpoint, abandoning: abandoning.Token));
        Assert.Empty(requests.All);
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_one_after_the_other_share_a_connection()
    {
        var connections = RecordConnections();

        for (var post = 0; post < 5; post++) Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);

        Assert.Single(connections.All.Distinct());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_in_steady_use_is_replaced_in_time_without_a_failure()
    {
        // 10 minutes become 10 ms. .NET measures them on the system's clock.
        await using var poster = await StartPosterAsync(handler => handler.PooledConnectionLifetime /= 60_000);
        var connections = RecordConnections();

        await Patiently.SeeAsync(
            "a third connection",
            async () =>
            {
                Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync(_gateway.Endpoint));
                return connections.All.Distinct().Count();
            },
            count => count >= 3,
            Cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_idle_connection_is_closed()
    {
        // 50 s become 10 ms.
        await using var poster = await StartPosterAsync(handler => handler.PooledConnectionIdleTimeout /= 5_000);
        var closed = new TaskCompletionSource();
        _gateway.OnRequest = context =>
        {
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.Register(closed.SetResult);
            return Task.CompletedTask;
        };

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync(_gateway.Endpoint));

        await closed.Task.WaitAsync(Cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_was_restarted_costs_no_post()
    {
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync());

        await _gateway.RestartAsync();

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync());
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

        var delivery = await _poster.PostAsync(stranger.Endpoint);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("certificate", delivery.Reason, StringComparison.Ordinal);
        Assert.Empty(requests.All);
    }

    private static RequestDelegate Answer(int status, params (string Name, string Value)[] headers) => context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        return Task.CompletedTask;
    };

    private static async Task<string> BodyOfAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private static async Task BeginBodyAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("half", Cancellation);
    }

    private static async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private Task<PosterUnderTest> StartPosterAsync(Action<SocketsHttpHandler>? configure = null) =>
        PosterUnderTest.StartAsync(http, _gateway.Trust, configure);

    private Task<Delivery> PostAsync(string text = "hello") => _poster.PostAsync(_gateway.Endpoint, text);

    private async Task AssertThatPostsGoOnAsync()
    {
        _gateway.OnRequest = Answer(200);
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync());
    }

    private Recorded<string> RecordConnections()
    {
        var connections = new Recorded<string>();
        _gateway.OnRequest = context =>
        {
            connections.Add(context.Connection.Id);
            return Task.CompletedTask;
        };
        return connections;
    }

    /// <summary>A request that is not answered until the other side has given it up.</summary>
    private sealed class Hanging
    {
        private readonly TaskCompletionSource _reached = new();
        private readonly TaskCompletionSource _aborted = new();

        public Task Reached => _reached.Task;

        public Task Aborted => _aborted.Task;

        public async Task HangAsync(HttpContext context)
        {
            context.RequestAborted.Register(() => _aborted.TrySetResult());
            _reached.TrySetResult();
            await _aborted.Task.WaitAsync(Cancellation);
        }
    }
}

public sealed class Http1PostTests() : HttpPostTests(HttpChoice.Http1, "HTTP/1.1");

public sealed class Http2PostTests() : HttpPostTests(HttpChoice.Http2, "HTTP/2");
