using System.Text.Json.Nodes;
using ChatEvents.RoutesTests.Servers;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests;

/// <summary>The deployed program itself, as a process that gets its environment variables and nothing else.</summary>
public sealed class ExecutableTests : IAsyncLifetime
{
    private RuntimeApiServer _lambda = null!;
    private SqsServer _sqs = null!;
    private RegistryDatabase _registry = null!;

    public async ValueTask InitializeAsync()
    {
        _lambda = await RuntimeApiServer.StartNewAsync();
        _sqs = await SqsServer.StartNewAsync();
        _registry = await RegistryDatabase.StartNewAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _lambda.DisposeAsync();
        await _sqs.DisposeAsync();
        await _registry.DisposeAsync();
    }

    /// <summary>What a function loads, its first caller waits for.</summary>
    [Fact]
    public void The_program_has_nothing_of_the_others_but_the_contracts_and_no_AWSSDK()
    {
        var dependencies = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ChatEvents.Routes.deps.json")))!;
        var libraries = dependencies["libraries"]!.AsObject().Select(library => library.Key.Split('/')[0]).ToList();

        Assert.Equal(["ChatEvents.Contracts", "ChatEvents.Routes"], libraries.Where(name => name.StartsWith("ChatEvents.", StringComparison.Ordinal)).Order());
        Assert.DoesNotContain(libraries, name => name.StartsWith("AWSSDK", StringComparison.Ordinal));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("connect", "connections")]
    [InlineData("disconnect", "connections")]
    [InlineData("onMessage", "messages.fifo")]
    public async Task A_handler_puts_its_event_on_its_queue(string handler, string queue)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = Start(handler);

        var answer = await _lambda.InvokeAsync(handler switch
        {
            "connect" => Events.Connect().ToJsonString(),
            "disconnect" => Events.Disconnect().ToJsonString(),
            _ => Events.Message(handler, """{"action":"onMessage","message":"Hello everyone"}""").ToJsonString(),
        }, cancellation);

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", answer.Body);
        Assert.Equal($"{_sqs.Url}/000000000000/{queue}", (string?)Assert.Single(_sqs.Sent)["QueueUrl"]);
        await function.WaitForLineAsync(
            new(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t8476a536-e9f4-11e8-9739-000000000001\tinfo\t(Connection|Message) "),
            cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_default_handler_answers_and_needs_no_queue()
    {
        await using var function = Start("default", ("AWS_ENDPOINT_URL_SQS", null));

        var answer = await _lambda.InvokeAsync(Events.Message("$default", "hello").ToJsonString(), TestContext.Current.CancellationToken);

        Assert.Equal(
            """{"error":"The frame is not JSON.","requestId":"Qv7mVHZSoAMFkJw=","expected":{"action":"onMessage","message":"Hello everyone"}}""",
            (string?)JsonNode.Parse(answer.Body)!["body"]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("OnMessage", null, "_HANDLER must be one of connect, disconnect, onMessage, join, leave, who, history, remove, default, moderate, authorize, but is \"OnMessage\".")]
    [InlineData("", null, "_HANDLER must be one of connect, disconnect, onMessage, join, leave, who, history, remove, default, moderate, authorize, but is \"\".")]
    [InlineData("onMessage", "-1", "MAX_MESSAGE_BYTES must be from 1 to 131072, but is -1.")]
    public async Task A_wrong_setting_is_an_initialization_error_of_one_sentence(string handler, string? maxMessageBytes, string sentence)
    {
        await using var function = Start(handler, ("MAX_MESSAGE_BYTES", maxMessageBytes));

        Assert.Equal(1, await function.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.EndsWith(sentence, Assert.Single(function.ErrorLines()), StringComparison.Ordinal); // behind time and level
        var error = await _lambda.InitError;
        Assert.Equal("InvalidSettingException", (string?)JsonNode.Parse(error.Json)!["errorType"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse(error.Json)!["errorMessage"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unreachable_runtime_api_ends_the_program_with_one_sentence()
    {
        await _lambda.DisposeAsync();
        await using var function = Start("default");

        Assert.Equal(1, await function.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Single(function.ErrorLines());
    }

    private ChildProcess Start(string handler, params (string Name, string? Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["_HANDLER"] = handler,
            ["AWS_LAMBDA_RUNTIME_API"] = _lambda.Endpoint,
            ["AWS_ENDPOINT_URL_SQS"] = _sqs.Url,
            ["AWS_ENDPOINT_URL_DYNAMODB"] = $"http://{_registry.HostAndPort}",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
        };
        foreach (var (name, value) in variables) environment[name] = value;
        return ChildProcess.StartProgram("ChatEvents.Routes", environment);
    }
}
