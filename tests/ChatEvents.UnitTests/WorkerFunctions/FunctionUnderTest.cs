using System.Text;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;
using Amazon.Lambda.SQSEvents;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using ChatEvents.WorkerFunctions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ChatEvents.UnitTests.WorkerFunctions;

/// <summary>A worker function as it is, with only the outside swapped; the test is the Lambda service, and speaks its JSON.</summary>
internal sealed class FunctionUnderTest : IAsyncDisposable
{
    /// <summary>All the time that an invocation has.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    private readonly DefaultLambdaJsonSerializer _json = new();
    private readonly IHost _host;

    private FunctionUnderTest(string handler, IAmazonDynamoDB dynamoDb, Action<IServiceCollection>? configure)
    {
        _host = WorkerFunction.Build(handler, builder =>
        {
            builder.Configuration.AddInMemoryCollection(
            [
                new("Metrics:Namespace", "ChatEvents/test"),
                new("Registry:BatchLinger", "00:00:00"), // the clock stands still
                new("FanOut:AllowedEndpoints:0", "https://ws.example.com"),
                new("FanOut:AllowedEndpoints:1", "https://example.com"),
            ]);
            builder.Services.AddSingleton<TimeProvider>(Time);
            builder.Services.AddSingleton<Func<double>>(() => 0.5);
            builder.Services.AddSingleton(dynamoDb);
            builder.Services.AddSingleton<IAmazonSQS>(Sqs);
            builder.Services.AddSingleton<AWSCredentials>(new BasicAWSCredentials("AKIDEXAMPLE", "secret"));
            configure?.Invoke(builder.Services);
        });
    }

    public FakeTime Time { get; } = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    public RecordingSqs Sqs { get; } = new();

    public RecordingLambdaLog Log { get; } = new();

    public StringWriter Metrics { get; } = new();

    /// <summary>What the fan-out still has in memory.</summary>
    public LateDeliveries Late => _host.Services.GetRequiredService<LateDeliveries>();

    public static async Task<FunctionUnderTest> StartAsync(
        string handler, IAmazonDynamoDB dynamoDb, CancellationToken cancellation, Action<IServiceCollection>? configure = null)
    {
        var function = new FunctionUnderTest(handler, dynamoDb, configure);
        await function._host.StartAsync(cancellation);
        if (function._host.Services.GetService<EmbeddedMetrics>() is { } metrics) metrics.Output = function.Metrics;
        return function;
    }

    /// <summary>Invokes the function with a batch as an event source mapping sends it, and returns what it answers.</summary>
    public async Task<string> InvokeAsync(params JsonObject[] records)
    {
        var batch = new JsonObject { ["Records"] = new JsonArray([.. records]) };
        var answer = await _host.Services.GetRequiredService<BatchHandler>()
            .HandleAsync(_json.Deserialize<SQSEvent>(new MemoryStream(Encoding.UTF8.GetBytes(batch.ToJsonString()))), NewContext());
        return Write(answer);
    }

    public async Task<string> InvokeSweepAsync() =>
        Write(await _host.Services.GetRequiredService<SweepHandler>().HandleAsync(NewContext()));

    /// <summary>A record of a batch: the shape is Lambda's, down to the case of its names.</summary>
    public static JsonObject Record<TEvent>(string id, TEvent routeEvent, int receiveCount = 1)
        where TEvent : class, IRouteEvent
    {
        var queue = routeEvent switch
        {
            MessagePosted => QueueNames.Messages,
            MessagesDelayed or MessagesMissed => QueueNames.Late,
            _ => QueueNames.Connections,
        };
        var record = Record(id, RouteEventJson.Write(routeEvent), queue, AttributeNames.MessageTypeOf<TEvent>(), receiveCount);
        if (routeEvent is MessagePosted posted) record["attributes"]!["MessageGroupId"] = posted.Room;
        return record;
    }

    public static JsonObject Record(string id, string body, string queue, string messageType, int receiveCount = 1) => new()
    {
        ["messageId"] = id,
        ["receiptHandle"] = $"{id}-{receiveCount}",
        ["body"] = body,
        ["attributes"] = new JsonObject
        {
            ["ApproximateReceiveCount"] = $"{receiveCount}",
            ["SentTimestamp"] = "1795260961242",
            ["SenderId"] = "AROAEXAMPLE:session",
            ["ApproximateFirstReceiveTimestamp"] = "1795260961250",
        },
        ["messageAttributes"] = new JsonObject
        {
            [AttributeNames.MessageType] = new JsonObject
            {
                ["stringValue"] = messageType,
                ["stringListValues"] = new JsonArray(),
                ["binaryListValues"] = new JsonArray(),
                ["dataType"] = "String",
            },
        },
        ["md5OfBody"] = "9cb83c671a7dd5aea168860765b270e2",
        ["eventSource"] = "aws:sqs",
        ["eventSourceARN"] = $"arn:aws:sqs:eu-central-1:111122223333:{queue}",
        ["awsRegion"] = "eu-central-1",
    };

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        Sqs.Dispose();
        await Metrics.DisposeAsync();
    }

    private string Write<T>(T answer)
    {
        using var json = new MemoryStream();
        _json.Serialize(answer, json);
        return Encoding.UTF8.GetString(json.ToArray());
    }

    private InvocationContext NewContext() => new(Log, Time, Time.GetUtcNow() + Timeout);

    private sealed class InvocationContext(ILambdaLogger log, TimeProvider time, DateTimeOffset deadline) : ILambdaContext
    {
        public string AwsRequestId => "8476a536-e9f4-11e8-9739-000000000001";

        public IClientContext ClientContext => throw new NotSupportedException();

        public string FunctionName => "";

        public string FunctionVersion => "";

        public ICognitoIdentity Identity => throw new NotSupportedException();

        public string InvokedFunctionArn => "";

        public ILambdaLogger Logger => log;

        public string LogGroupName => "";

        public string LogStreamName => "";

        public int MemoryLimitInMB => 512;

        public TimeSpan RemainingTime => deadline - time.GetUtcNow();
    }
}
