using System.Text.Json.Nodes;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Runtime;

public sealed class RuntimeLoopTests : IAsyncLifetime
{
    private static readonly DefaultLambdaJsonSerializer Json = new();

    private readonly CancellationTokenSource _stopping =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private RuntimeApiServer _lambda = null!;

    public async ValueTask InitializeAsync() => _lambda = await RuntimeApiServer.StartNewAsync();

    public async ValueTask DisposeAsync()
    {
        await _lambda.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task An_invocation_is_answered_with_what_the_handler_returns()
    {
        var running = RunAsync(Create((name, _) => Task.FromResult($"Hello {name}")));

        var answer = await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        Assert.Equal(("\"Hello Ann\"", "application/json", null), (answer.Body, answer.ContentType, answer.Error));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_handler_is_told_what_the_service_says_of_the_invocation()
    {
        ILambdaContext? context = null;
        var running = RunAsync(Create((name, seen) =>
        {
            context = seen;
            return Task.FromResult(name);
        }));

        await _lambda.InvokeAsync(
            "\"Ann\"", TestContext.Current.CancellationToken,
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:111122223333:function:chat"),
            ("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"),
            ("Lambda-Runtime-Aws-Tenant-Id", "acme"));

        Assert.NotNull(context);
        Assert.Matches("^8476a536-", context.AwsRequestId);
        Assert.Equal("arn:aws:lambda:eu-central-1:111122223333:function:chat", context.InvokedFunctionArn);
        Assert.Equal("Root=1-5759e988-bd862e3fe1be46a994272793", context.TraceId);
        Assert.Equal("acme", context.TenantId);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_remaining_time_runs_until_the_deadline()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var remaining = new List<TimeSpan>();
        var running = RunAsync(Create((name, context) =>
        {
            remaining.Add(context.RemainingTime);
            return Task.FromResult(name);
        }));
        var now = TimeProvider.System.GetUtcNow();

        await _lambda.InvokeAsync("\"Ann\"", cancellation, Deadline(now.AddMinutes(10)));
        await _lambda.InvokeAsync("\"Ann\"", cancellation, Deadline(now.AddMinutes(-10)));

        Assert.InRange(remaining[0], TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        Assert.InRange(remaining[1], TimeSpan.FromMinutes(-12), TimeSpan.FromMinutes(-10));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_deadline_no_time_is_left()
    {
        _lambda.Timeout = null;
        var remaining = TimeSpan.Zero;
        var running = RunAsync(Create((name, context) =>
        {
            remaining = context.RemainingTime;
            return Task.FromResult(name);
        }));

        await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        Assert.InRange(remaining, TimeSpan.MinValue, TimeSpan.FromDays(-365));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_service_does_not_say_is_null()
    {
        ILambdaContext? context = null;
        var running = RunAsync(Create((name, seen) =>
        {
            context = seen;
            return Task.FromResult(name);
        }));

        await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        Assert.Equal((null, null, null), (context!.InvokedFunctionArn, context.TraceId, context.TenantId));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_trace_is_in_the_variable_that_SDKs_read()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var running = RunAsync(Create((_, _) => Task.FromResult(Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID")!)));

        var first = await _lambda.InvokeAsync("\"\"", cancellation, ("Lambda-Runtime-Trace-Id", "Root=1-69204b11-0123456789abcdef01234567"));
        var second = await _lambda.InvokeAsync("\"\"", cancellation, ("Lambda-Runtime-Trace-Id", "Root=1-69204b12-0123456789abcdef01234567"));

        Assert.Equal("\"Root=1-69204b11-0123456789abcdef01234567\"", first.Body);
        Assert.Equal("\"Root=1-69204b12-0123456789abcdef01234567\"", second.Body);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_throws_is_reported_and_the_next_invocation_is_served()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var running = RunAsync(Create((name, _) => name == "Bob" ? throw new ArgumentException("No Bob here.") : Task.FromResult(name)));

        var thrown = await _lambda.InvokeAsync("\"Bob\"", cancellation);
        var returned = await _lambda.InvokeAsync("\"Ann\"", cancellation);

        Assert.Equal("application/vnd.aws.lambda.error+json", thrown.ContentType);
        Assert.Equal("ArgumentException", thrown.Error?.Type);
        var error = JsonNode.Parse(thrown.Body)!;
        Assert.Equal("ArgumentException", (string?)error["errorType"]);
        Assert.Equal("No Bob here.", (string?)error["errorMessage"]);
        Assert.Contains(nameof(RuntimeLoopTests), (string?)error["stackTrace"]![0]);
        Assert.Null(error["cause"]);
        Assert.Equal("\"Ann\"", returned.Body);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_error_names_its_causes()
    {
        var running = RunAsync(Create((_, _) => throw new InvalidOperationException(
            "outer", new AggregateException("many", new TimeoutException("late"), new IOException("broken")))));

        var answer = await _lambda.InvokeAsync("\"\"", TestContext.Current.CancellationToken);

        var cause = JsonNode.Parse(answer.Body)!["cause"]!;
        Assert.Equal("AggregateException", (string?)cause["errorType"]);
        Assert.Equal(["late", "broken"], cause["causes"]!.AsArray().Select(inner => (string?)inner!["errorMessage"]));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_error_larger_than_the_service_takes_is_reported_without_its_message()
    {
        var running = RunAsync(Create((_, _) => throw new InvalidOperationException(new string('x', 300_000))));

        var answer = await _lambda.InvokeAsync("\"\"", TestContext.Current.CancellationToken);

        Assert.Equal("InvalidOperationException", answer.Error?.Type);
        Assert.Equal("Exception exceeded maximum payload size of 256KB.", (string?)JsonNode.Parse(answer.Body)!["errorMessage"]);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_event_that_does_not_fit_is_reported_and_the_next_invocation_is_served()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var running = RunAsync(Create((name, _) => Task.FromResult(name)));

        var misfit = await _lambda.InvokeAsync("""{"name":"Ann"}""", cancellation);
        var fit = await _lambda.InvokeAsync("\"Ann\"", cancellation);

        Assert.Equal("JsonSerializerException", misfit.Error?.Type);
        Assert.Equal("\"Ann\"", fit.Body);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stream_goes_in_and_out_as_it_is()
    {
        var running = RunAsync(LambdaBootstrapBuilder.Create((Stream input, ILambdaContext _) => Task.FromResult(input)));

        var answer = await _lambda.InvokeAsync("any text", TestContext.Current.CancellationToken);

        Assert.Equal("any text", answer.Body);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_without_a_result_answers_nothing()
    {
        var running = RunAsync(LambdaBootstrapBuilder.Create<string>((_, _) => Task.CompletedTask, Json));

        var answer = await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        Assert.Equal(("", null), (answer.Body, answer.Error));
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_failed_initialization_is_reported_and_ends_the_environment()
    {
        var running = RunAsync(Create((name, _) => Task.FromResult(name))
            .UseBootstrapHandler(() => throw new InvalidOperationException("No such setting.")));

        var error = await _lambda.InitError.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("InvalidOperationException", (string?)JsonNode.Parse(error.Json)!["errorType"]);
        Assert.Equal("No such setting.", (string?)JsonNode.Parse(error.Json)!["errorMessage"]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => running);
        Assert.False(_lambda.Asked.IsCompleted);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_initialization_that_says_no_ends_the_environment_without_an_error()
    {
        await RunAsync(Create((name, _) => Task.FromResult(name)).UseBootstrapHandler(() => Task.FromResult(false)))
            .WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(_lambda.Asked.IsCompleted);
        Assert.False(_lambda.InitError.IsCompleted);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(413, """{"errorType":"RequestEntityTooLarge"}""", false)]
    [InlineData(413, "too large", true)]
    [InlineData(202, "", false)]
    [InlineData(202, "OK", true)]
    [InlineData(302, "", false)]
    public async Task An_answer_that_the_service_does_not_take_as_it_should_ends_the_environment(int status, string body, bool fails)
    {
        (_lambda.PostStatus, _lambda.PostBody) = (status, body);
        var running = RunAsync(Create((name, _) => fails ? throw new IOException("broken") : Task.FromResult(name)));

        await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<RuntimeApiClientException>(() => running);
        Assert.Equal(status, refused.StatusCode);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(202, "{}")]
    [InlineData(204, "")]
    public async Task An_answer_that_the_service_takes_is_followed_by_the_next(int status, string body)
    {
        var cancellation = TestContext.Current.CancellationToken;
        (_lambda.PostStatus, _lambda.PostBody) = (status, body);
        var running = RunAsync(Create((name, _) => Task.FromResult(name)));

        await _lambda.InvokeAsync("\"Ann\"", cancellation);
        var second = await _lambda.InvokeAsync("\"Bob\"", cancellation);

        Assert.Equal("\"Bob\"", second.Body);
        await StopAsync(running);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lost_runtime_api_ends_the_environment()
    {
        var running = RunAsync(Create((name, _) => Task.FromResult(name)));
        await _lambda.Asked.WaitAsync(TestContext.Current.CancellationToken);

        await _lambda.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => running);
    }

    [Fact(Timeout = 30_000)]
    public async Task Stopping_ends_the_wait_for_an_invocation()
    {
        var running = RunAsync(Create((name, _) => Task.FromResult(name)));
        await _lambda.Asked.WaitAsync(TestContext.Current.CancellationToken);

        await StopAsync(running);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_answer_of_an_invocation_in_hand_is_dropped_when_the_environment_is_told_to_stop(bool fails)
    {
        var running = RunAsync(Create(async (name, _) =>
        {
            await _stopping.CancelAsync();
            return fails ? throw new InvalidOperationException("Not today.") : $"Hello {name}";
        }));

        var invoking = _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        await running;
        Assert.False(invoking.IsCompleted);
    }

    [Fact(Timeout = 30_000)]
    public async Task Lines_of_the_handler_become_log_lines()
    {
        var (output, error) = (Console.Out, Console.Error);
        var written = new StringWriter();
        try
        {
            Console.SetOut(written);
            var running = RunAsync(Create((name, context) =>
            {
                Console.WriteLine("From the console.");
                Console.Write("Raw.\n");
                context.Logger.LogWarning("From the logger.");
                return Task.FromResult(name);
            }));
            await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);
            await StopAsync(running);
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }

        Assert.Matches(
            @"^\S+Z\t8476a536-\S+\tinfo\tFrom the console\.\nRaw\.\n\S+Z\t8476a536-\S+\twarn\tFrom the logger\.\n$",
            written.ToString().ReplaceLineEndings("\n"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Environments_in_one_process_do_not_mix()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var other = await RuntimeApiServer.StartNewAsync();
        var running = RunAsync(Create((name, _) => Task.FromResult($"one {name}")));
        var runningOther = RunAsync(Create((name, _) => Task.FromResult($"other {name}")), other);

        var answers = await Task.WhenAll(other.InvokeAsync("\"Ann\"", cancellation), _lambda.InvokeAsync("\"Bob\"", cancellation));

        Assert.Equal(["\"other Ann\"", "\"one Bob\""], answers.Select(answer => answer.Body));
        await StopAsync(running);
        await runningOther;
    }

    private static LambdaBootstrapBuilder Create(Func<string, ILambdaContext, Task<string>> handler) =>
        LambdaBootstrapBuilder.Create(handler, Json);

    private static (string Name, string Value) Deadline(DateTimeOffset deadline) =>
        ("Lambda-Runtime-Deadline-Ms", deadline.ToUnixTimeMilliseconds().ToString());

    private async Task RunAsync(LambdaBootstrapBuilder builder, RuntimeApiServer? server = null)
    {
        using var bootstrap = builder.ConfigureOptions(options => options.RuntimeApiEndpoint = (server ?? _lambda).Endpoint).Build();
        await bootstrap.RunAsync(_stopping.Token);
    }

    private async Task StopAsync(Task running)
    {
        await _stopping.CancelAsync();
        await running;
    }
}
