using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>The Lambda Runtime API that the gateway serves, call by call.</summary>
public sealed class RuntimeApiTests
{
    private const string Base = "/default/2018-06-01/runtime";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Next_tells_request_id_deadline_function_and_trace()
    {
        var time = new FakeTime();
        await using var gateway = await StartAsync(
            TestContext.Current.CancellationToken,
            options => options.Functions["default"] = new FunctionOptions { Timeout = TimeSpan.FromSeconds(7) }, time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        using var next = await NextAsync(gateway);
        Assert.True(Guid.TryParse(Header(next, "Lambda-Runtime-Aws-Request-Id"), out _));
        Assert.Equal(
            time.GetUtcNow().AddSeconds(7).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            Header(next, "Lambda-Runtime-Deadline-Ms"));
        Assert.Equal("arn:aws:lambda:eu-central-1:000000000000:function:default", Header(next, "Lambda-Runtime-Invoked-Function-Arn"));
        Assert.Matches(
            "^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$", Header(next, "Lambda-Runtime-Trace-Id"));
        Assert.Equal("application/json", next.Content.Headers.ContentType?.MediaType);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_response_is_accepted_once_and_a_second_or_unknown_one_is_a_bad_request()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        using var next = await NextAsync(gateway);
        var address = $"{Base}/invocation/{Header(next, "Lambda-Runtime-Aws-Request-Id")}/response";

        using var first = await gateway.Http.PostAsJsonAsync(address, new { statusCode = 200, body = "answer" }, cancellation);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("""{"status":"OK"}""", await first.Content.ReadAsStringAsync(cancellation));
        Assert.Equal("answer", (await client.ReadFrameAsync()).Text);
        using var second = await gateway.Http.PostAsJsonAsync(address, new { statusCode = 200, body = "again" }, cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        using var unknown = await gateway.Http.PostAsJsonAsync(
            $"{Base}/invocation/nobody/error", new { errorType = "E", errorMessage = "m" }, cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_response_of_more_than_6_MB_is_413_and_fails_the_invocation()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        using var next = await NextAsync(gateway);
        using var response = await gateway.Http.PostAsync(
            $"{Base}/invocation/{Header(next, "Lambda-Runtime-Aws-Request-Id")}/response", new ByteArrayContent(
                new byte[6 * 1024 * 1024 + 1]), cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_function_past_its_own_timeout_fails_and_its_late_response_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await StartAsync(
            cancellation,
            options => options.Functions["default"] = new FunctionOptions { Timeout = TimeSpan.FromSeconds(3) }, time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        using var next = await NextAsync(gateway);
        await time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), cancellation);
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
        using var late = await gateway.Http.PostAsJsonAsync(
            $"{Base}/invocation/{Header(next, "Lambda-Runtime-Aws-Request-Id")}/response", Api.Ok, cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, late.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_environment_has_one_event_and_more_environments_run_more_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        for (var i = 0; i < 3; i++)
            await client.SendTextAsync($"{i}");
        var all = await Task.WhenAll(NextAsync(gateway), NextAsync(gateway), NextAsync(gateway));
        var bodies = await Task.WhenAll(
            all.Select(async next => (await next.Content.ReadFromJsonAsync<JsonElement>(cancellation)).Text("body")!));
        Assert.Equal(["0", "1", "2"], bodies.Order());
        Assert.All(all, next => next.Dispose());
    }

    [Fact(Timeout = 60_000)]
    public async Task An_environment_that_stops_waiting_takes_no_event_with_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            var abandoned = gateway.Http.GetAsync($"{Base}/invocation/next", leaving.Token);
            await WaitForEnvironmentsAsync(gateway, 1);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
            await WaitForEnvironmentsAsync(gateway, 0);
        }

        await client.SendTextAsync("x");
        using var next = await NextAsync(gateway);
        Assert.Equal("x", (await next.Content.ReadFromJsonAsync<JsonElement>(cancellation)).Text("body"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_event_that_nobody_waits_for_any_more_is_not_run()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await StartAsync(cancellation, time: time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("old");
        await time.AdvanceToTimerAsync(TimeSpan.FromSeconds(29), cancellation);
        await client.ReadFrameAsync();
        await client.SendTextAsync("new");
        using var next = await NextAsync(gateway);
        Assert.Equal("new", (await next.Content.ReadFromJsonAsync<JsonElement>(cancellation)).Text("body"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_environment_that_cannot_start_fails_the_event_that_waits()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        // The event must be waiting before the error comes; a second one takes its place if the first error was too early.
        var frame = client.ReadFrameAsync();
        while (!frame.IsCompleted)
        {
            using var error = await gateway.Http.PostAsJsonAsync(
                $"{Base}/init/error", new { errorType = "Runtime.Broken", errorMessage = "no such handler" }, cancellation);
            Assert.Equal(HttpStatusCode.Accepted, error.StatusCode);
        }

        Assert.StartsWith("{\"message\": \"Internal server error\"", (await frame).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_function_that_no_route_uses_is_not_found()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var answer = await gateway.Http.GetAsync("/other/2018-06-01/runtime/invocation/next", cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("there are: default", await answer.Content.ReadAsStringAsync(cancellation), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_function_elsewhere_is_called_through_its_Invoke_endpoint()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var lambda = await InvokeServer.StartAsync((name, payload) => name switch
        {
            "hello" when payload.Text("body") == "fail" => ("Unhandled", """{"errorType":"E","errorMessage":"boom"}"""),
            "hello" => (null, """{"statusCode":200,"body":"hello from elsewhere"}"""),
            _ => ("Unhandled", "{}"),
        }, cancellation);
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "hello", routeResponse: true);
            options.Functions["hello"] = new FunctionOptions { InvokeEndpoint = lambda.Address };
        });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        Assert.Equal("hello from elsewhere", (await client.ReadFrameAsync()).Text);
        Assert.Equal("RequestResponse", lambda.InvocationType);
        await client.SendTextAsync("fail");
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_path_of_an_Invoke_endpoint_is_taken_as_it_is()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Amazon's Runtime Interface Emulator knows one function, whose name is always "function".
        await using var server = await InvokeServer.StartAsync(
            (name, _) => (null, $$"""{"statusCode":200,"body":"{{name}}"}"""), cancellation);
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "chat", routeResponse: true);
            options.Functions["chat"] = new FunctionOptions
            {
                InvokeEndpoint = new Uri(server.Address, "/2015-03-31/functions/function/invocations"),
            };
        });
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        Assert.Equal("function", (await client.ReadFrameAsync()).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_functions_own_port_has_its_Runtime_API_at_the_root()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "chat", routeResponse: true).Route("other", "other");
            options.Functions["chat"] = new FunctionOptions { Port = 0 };
        });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri($"http://{gateway.RuntimeApi("chat")}/2018-06-01/runtime/invocation/"),
        };
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");

        using var next = await http.GetAsync("next", cancellation);
        var requestId = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
        using var answer = await http.PostAsync(
            $"{requestId}/response", new StringContent("""{"statusCode":200,"body":"by its port"}"""), cancellation);

        Assert.Equal("by its port", (await client.ReadFrameAsync()).Text);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("GET", "/2018-06-01/runtime/invocation/next", 404, "AWS_LAMBDA_RUNTIME_API must be localhost/FUNCTION or the port of a function; there are chat")]
    [InlineData("GET", "/chta/2018-06-01/runtime/invocation/next", 404, "there is no such function, but chat")]
    [InlineData("GET", "/chat/2018-06-01/runtime", 403, "nothing is there; the APIs are at /local")]
    [InlineData("POST", "/2018-06-01/runtime/init/error", 202, "Function (unknown, because the request names none) could not start: Unknown: ")]
    public async Task A_wrong_path_of_the_Runtime_API_is_told_in_the_log(string method, string path, int status, string said)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$default", "chat"));
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        Assert.Equal(status, (await client.RequestAsync($"{method} {path} HTTP/1.1", "Host: localhost", "Content-Length: 0")).Status);

        await gateway.LogLineAsync(said, cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task Events_that_nobody_waits_for_any_more_are_not_kept()
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
        {
            options.Route("$default", "chat");
            options.Limits.IntegrationTimeout = TimeSpan.FromMilliseconds(50);
        });
        await using var client = await RawClient.ConnectAsync(gateway);
        for (var i = 0; i < 20; i++)
            await client.SendTextAsync(new string('x', 30_000));
        for (var i = 0; i < 20; i++)
            await client.ReadFrameAsync(); // Internal server error

        Assert.Equal(0, gateway.WaitingEvents("chat"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_Invoke_endpoint_that_is_not_there_is_an_internal_server_error()
    {
        await using var gateway = await TestGateway.StartAsync(TestContext.Current.CancellationToken, options =>
        {
            options.Route("$default", "hello");
            options.Functions["hello"] = new FunctionOptions { InvokeEndpoint = new Uri("http://127.0.0.1:1") };
        });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("x");
        Assert.StartsWith("{\"message\": \"Internal server error\"", (await client.ReadFrameAsync()).Text, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> NextAsync(TestGateway gateway) =>
        gateway.Http.GetAsync($"{Base}/invocation/next", Cancellation);

    private static async Task WaitForEnvironmentsAsync(TestGateway gateway, int count) => await Patiently.SeeAsync(
        $"{count} waiting environments",
        async () =>
            (await gateway.Http.GetFromJsonAsync<JsonElement>("/_gateway/health", Cancellation)).GetProperty(
                "waitingEnvironments").GetProperty("default").GetInt32(),
        seen => seen == count,
        Cancellation);

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    private static Task<TestGateway> StartAsync(
        CancellationToken cancellation, Action<GatewayOptions>? configure = null, TimeProvider? time = null) =>
        TestGateway.StartAsync(cancellation, options =>
    {
        options.Route("$default", "default", routeResponse: true);
        configure?.Invoke(options);
    }, time);
}
