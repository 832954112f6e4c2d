using System.Text.Json.Nodes;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.RoutesTests.Servers;
using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests.WorkerFunctions;

/// <summary>
/// The deployed program as a process in one execution environment, and between it and its queue what the Lambda service does: it
/// receives, invokes with the batch, and deletes the messages that the answer does not name.
/// </summary>
internal sealed class RunningWorkerFunction : IAsyncDisposable
{
    private static readonly TimeSpan FunctionTimeout = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly RuntimeApiServer _lambda;
    private readonly ChildProcess _program;
    private readonly IAmazonSQS _sqs;
    private Task _mapping = Task.CompletedTask;

    private RunningWorkerFunction(RuntimeApiServer lambda, ChildProcess program, IAmazonSQS sqs) =>
        (_lambda, _program, _sqs) = (lambda, program, sqs);

    /// <summary>What the program has written so far.</summary>
    public string Output => string.Join('\n', _program.Lines());

    public Task<FunctionError> InitError => _lambda.InitError;

    public static async Task<RunningWorkerFunction> StartAsync(
        EmulatorsFixture emulators, string handler, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var lambda = await RuntimeApiServer.StartNewAsync();
        var credentials = await EmulatorsFixture.Credentials.GetCredentialsAsync();
        var environment = new Dictionary<string, string?>
        {
            ["_HANDLER"] = handler,
            ["AWS_LAMBDA_RUNTIME_API"] = lambda.Endpoint,
            ["AWS_ENDPOINT_URL_SQS"] = emulators.SqsUrl.ToString(),
            ["AWS_ENDPOINT_URL_DYNAMODB"] = emulators.DynamoDbUrl.ToString(),
            ["AWS_REGION"] = EmulatorsFixture.Region,
            ["AWS_ACCESS_KEY_ID"] = credentials.AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = credentials.SecretKey,
        };
        foreach (var (setting, value) in settings) environment[setting.Replace(":", "__", StringComparison.Ordinal)] = value;
        return new(lambda, ChildProcess.StartProgram("ChatEvents.WorkerFunctions", environment), emulators.CreateSqs());
    }

    /// <summary>Feeds the function from a queue from now on.</summary>
    public void MapEvents(string queue) => _mapping = Task.WhenAll(_mapping, MapEventsAsync(queue));

    /// <summary>Waits for the program to end by itself.</summary>
    public Task<int> ExitCodeAsync() => _program.WaitForExitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _mapping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _program.DisposeAsync();
        await _lambda.DisposeAsync();
        _sqs.Dispose();
        _stopping.Dispose();
    }

    private async Task MapEventsAsync(string queue)
    {
        var url = (await _sqs.GetQueueUrlAsync(queue, _stopping.Token)).QueueUrl;
        while (!_stopping.IsCancellationRequested)
        {
            var received = await _sqs.ReceiveMessageAsync(
                new ReceiveMessageRequest
                {
                    QueueUrl = url,
                    MaxNumberOfMessages = 10,
                    WaitTimeSeconds = 20,
                    VisibilityTimeout = (int)(6 * FunctionTimeout).TotalSeconds,
                    MessageSystemAttributeNames = ["All"],
                    MessageAttributeNames = ["All"],
                },
                _stopping.Token);
            if (received.Messages is not { Count: > 0 } batch) continue;

            var deadline = (TimeProvider.System.GetUtcNow() + FunctionTimeout).ToUnixTimeMilliseconds();
            var answer = await _lambda.InvokeAsync(
                EventOf(queue, batch), _stopping.Token, ("Lambda-Runtime-Deadline-Ms", $"{deadline}"));
            var failed = answer.Error is not null
                ? [.. batch.Select(message => message.MessageId)]
                : JsonNode.Parse(answer.Body)!["batchItemFailures"]!.AsArray().Select(item => (string)item!["itemIdentifier"]!).ToHashSet();
            foreach (var done in batch.Where(message => !failed.Contains(message.MessageId)))
            {
                await _sqs.DeleteMessageAsync(url, done.ReceiptHandle, _stopping.Token);
            }
        }
    }

    private static string EventOf(string queue, List<Message> batch) => new JsonObject
    {
        ["Records"] = new JsonArray([.. batch.Select(message => RecordOf(queue, message))]),
    }.ToJsonString();

    private static JsonObject RecordOf(string queue, Message message) => new()
    {
        ["messageId"] = message.MessageId,
        ["receiptHandle"] = message.ReceiptHandle,
        ["body"] = message.Body,
        ["attributes"] = new JsonObject(
            (message.Attributes ?? []).Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)attribute.Value))),
        ["messageAttributes"] = new JsonObject((message.MessageAttributes ?? []).Select(attribute => KeyValuePair.Create(
            attribute.Key,
            (JsonNode?)new JsonObject
            {
                ["stringValue"] = attribute.Value.StringValue,
                ["stringListValues"] = new JsonArray(),
                ["binaryListValues"] = new JsonArray(),
                ["dataType"] = attribute.Value.DataType,
            }))),
        ["md5OfBody"] = message.MD5OfBody,
        ["eventSource"] = "aws:sqs",
        ["eventSourceARN"] = $"arn:aws:sqs:{EmulatorsFixture.Region}:000000000000:{queue}",
        ["awsRegion"] = EmulatorsFixture.Region,
    };
}
