using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Which function gets a message, and what the client hears of it.</summary>
public sealed class RouteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("""{"action":"chat"}""", "chat")]
    [InlineData("""{"action":5}""", "5")]
    [InlineData("""{"action":true}""", "true")]
    [InlineData("""{"action":["a",1]}""", """["a",1]""")]
    [InlineData("""{"action":"Chat"}""", "$default")] // case matters
    [InlineData("""{"action":"unknown"}""", "$default")]
    [InlineData("""{"action":""}""", "$default")]
    [InlineData("""{"action":null}""", "$default")]
    [InlineData("""{"other":"chat"}""", "$default")]
    [InlineData("""{"action":"$disconnect"}""", "$default")]
    [InlineData("""{"action":"$connect"}""", "$default")]
    [InlineData("not JSON", "$default")]
    [InlineData("""{"action":"chat"} and more""", "$default")]
    [InlineData("\"chat\"", "$default")]
    [InlineData("""{"action":"\ud800"}""", "$default")] // half of a surrogate pair
    [InlineData("""{"\ud800":1,"action":"chat"}""", "chat")]
    [InlineData("", "$default")]
    public async Task A_message_goes_to_the_route_that_its_action_names(string body, string routeKey)
    {
        await using var gateway = await StartAsync(options => options.Route("5", "any").Route("true", "any").Route("""["a",1]""", "any"));
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync(body);
        Assert.Equal(routeKey, (await gateway.EventAsync("any", Cancellation)).Context().Text("routeKey"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("$request.body.action", """{"action":"join"}""", "join")]
    [InlineData("${request.body.action}", """{"action":"join"}""", "join")]
    [InlineData("${request.body.service}/${request.body.action}", """{"service":"chat","action":"join"}""", "chat/join")]
    [InlineData("$request.body.service/$request.body.action", """{"service":"chat","action":"join"}""", "chat/join")]
    [InlineData("$request.body.a.b[1].c", """{"a":{"b":[0,{"c":"deep"}]}}""", "deep")]
    [InlineData("v1-${request.body.action}", """{"action":"join"}""", "v1-join")]
    [InlineData("always", """{"action":"join"}""", "always")]
    [InlineData("\\$always", """{"action":"join"}""", "$default")] // an escaped dollar is text, and keys with one are reserved
    [InlineData("$request.body.a.b", """{"a":"text"}""", "$default")]
    [InlineData("$request.body.a[9]", """{"a":[1]}""", "$default")]
    public async Task The_route_selection_expression_may_combine_paths_and_text(string expression, string body, string routeKey)
    {
        await using var gateway = await StartAsync(options =>
        {
            options.RouteSelectionExpression = expression;
            options.Route("join", "any").Route("chat/join", "any").Route("deep", "any").Route("v1-join", "any").Route("always", "any");
        });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync(body);
        Assert.Equal(routeKey, (await gateway.EventAsync("any", Cancellation)).Context().Text("routeKey"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_default_route_a_message_that_fits_none_is_answered_Forbidden_and_the_socket_stays_open()
    {
        await using var gateway = await TestGateway.StartAsync(Cancellation, options => options.Route("chat", "chat", routeResponse: true));
        gateway.Serve("chat", _ => new { statusCode = 200, body = "still here" });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("nobody wants this");
        Assert.Matches("""^\{"message": "Forbidden", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$""", (await client.ReadFrameAsync()).Text);
        await client.SendTextAsync("""{"action":"chat"}""");
        Assert.Equal("still here", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_answer_of_a_route_without_route_response_is_discarded()
    {
        await using var gateway = await TestGateway.StartAsync(
            Cancellation, options => options.Route("silent", "silent").Route("$default", "default", routeResponse: true));
        gateway.Serve("silent", _ => new { statusCode = 200, body = "nobody hears this" });
        gateway.Serve("default", _ => new { statusCode = 200, body = "heard" });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("""{"action":"silent"}""");
        await gateway.EventAsync("silent", Cancellation);
        await client.SendTextAsync("x");
        Assert.Equal("heard", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_route_response_sends_the_body_whatever_the_status_code()
    {
        await using var gateway = await TestGateway.StartAsync(
            Cancellation, options => options.Route("$default", "default", routeResponse: true));
        gateway.Serve("default", _ => new { statusCode = 500, body = "an ordinary message", headers = new { ignored = "yes" } });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        Assert.Equal("an ordinary message", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_route_response_without_a_body_sends_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(
            Cancellation, options => options.Route("$default", "default", routeResponse: true));
        gateway.Serve("default", @event => new { statusCode = 200, body = @event.Text("body") == "quiet" ? "" : "loud" });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("quiet");
        await client.SendTextAsync("x");
        Assert.Equal("loud", (await client.ReadFrameAsync()).Text);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_function_that_throws_is_answered_Internal_server_error_and_the_socket_stays_open(bool routeResponse)
    {
        await using var gateway = await TestGateway.StartAsync(
            Cancellation, options => options.Route("$default", "default", routeResponse));
        gateway.Serve("default", object? (_) => throw new FunctionException("boom"));
        await using var client = await RawClient.ConnectAsync(gateway);
        for (var i = 0; i < 2; i++)
        {
            await client.SendTextAsync("x");
            Assert.Matches("""^\{"message": "Internal server error", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$""", (await client.ReadFrameAsync()).Text);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("""{"body":"no status"}""")]
    [InlineData("""{"statusCode":200,"body":"\ud800"}""")]
    public async Task An_answer_that_is_no_proxy_response_is_answered_Internal_server_error(string answer)
    {
        await using var gateway = await TestGateway.StartAsync(Cancellation, options => options.Route("$default", "default"));
        gateway.Serve("default", _ => new StringContent(answer));
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_function_that_does_not_answer_within_29_seconds_is_answered_Internal_server_error()
    {
        var time = new FakeTime();
        await using var gateway = await TestGateway.StartAsync(Cancellation, options => options.Route("$default", "default"), time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        await time.AdvanceToTimerAsync(TimeSpan.FromSeconds(29), Cancellation);
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_messages_of_one_connection_overlap_and_may_end_in_reverse_order()
    {
        await using var gateway = await TestGateway.StartAsync(
            Cancellation, options => options.Route("$default", "default", routeResponse: true));
        var endFirst = new TaskCompletionSource();
        gateway.Serve("default", async @event =>
        {
            if (@event.Text("body") == "first")
                await endFirst.Task;
            return new { statusCode = 200, body = @event.Text("body") };
        }, environments: 2);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("first");
        await client.SendTextAsync("second");
        Assert.Equal("second", (await client.ReadFrameAsync()).Text);
        endFirst.SetResult();
        Assert.Equal("first", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task With_one_message_in_flight_a_connections_messages_run_one_after_the_other()
    {
        await using var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            options.Route("$default", "default", routeResponse: true);
            options.Limits.MessagesInFlightPerConnection = 1;
        });
        var running = 0;
        gateway.Serve("default", async @event =>
        {
            var others = Interlocked.Increment(ref running) - 1;
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return new { statusCode = 200, body = $"{@event.Text("body")} beside {others}" };
        }, environments: 4);
        await using var client = await RawClient.ConnectAsync(gateway);
        for (var i = 0; i < 20; i++)
            await client.SendTextAsync($"{i}");
        for (var i = 0; i < 20; i++)
            Assert.Equal($"{i} beside 0", (await client.ReadFrameAsync()).Text);
    }

    [Theory]
    [InlineData("$request.header.action")]
    [InlineData("${request.querystring.action}")]
    [InlineData("$context.routeKey")]
    [InlineData("$request.body.action${")]
    public void An_expression_that_uses_anything_but_the_body_is_refused_at_the_start(string expression) =>
        Assert.Contains(
            expression, Assert.Throws<FormatException>(() => new LocalGateway.Routing.RouteSelector(expression)).Message,
            StringComparison.Ordinal);

    private static async Task<TestGateway> StartAsync(Action<GatewayOptions> configure)
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            configure(options);
            options.Route("chat", "any").Route("$default", "any");
        });
        gateway.Serve("any", _ => Api.Ok);
        return gateway;
    }
}
