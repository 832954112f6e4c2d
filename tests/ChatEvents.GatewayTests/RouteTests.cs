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
        Assert.Equal(routeKey, (await gateway.EventAsync("any", TestContext.Current.CancellationToken)).Context().Text("routeKey"));
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
        Assert.Equal(routeKey, (await gateway.EventAsync("any", TestContext.Current.CancellationToken)).Context().Text("routeKey"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("""{"body":"no status"}""")]
    [InlineData("""{"statusCode":200,"body":"\ud800"}""")]
    public async Task An_answer_that_is_no_proxy_response_is_answered_Internal_server_error(string answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$default", "default"));
        gateway.Serve("default", _ => new StringContent(answer));
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_function_that_does_not_answer_within_29_seconds_is_answered_Internal_server_error()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$default", "default"), time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        await time.AdvanceToTimerAsync(TimeSpan.FromSeconds(29), cancellation);
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_messages_of_one_connection_overlap_and_may_end_in_reverse_order()
    {
        await using var gateway = await TestGateway.StartAsync(
            TestContext.Current.CancellationToken, options => options.Route("$default", "default", routeResponse: true));
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
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
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
