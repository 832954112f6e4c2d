using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Local;
using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// One local system for the tests of a class, on servers that the test can look into: those that the AWS_ENDPOINT_URL_* variables name,
/// else emulators of its own.
/// </summary>
public sealed class LocalSystemFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private LocalEmulators _emulators = null!;
    private LocalSystemProcess _system = null!;
    private AmazonDynamoDBClient _dynamoDb = null!;
    private AmazonSQSClient _sqs = null!;

    public static bool BothServersAreNamed =>
        Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") is not null
        || (Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_SQS") is not null
            && Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_DYNAMODB") is not null);

    public Uri Url => _system.Url;

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        _emulators = await LocalEmulators.StartAsync(stopping: timeout.Token);

        var region = LocalSettings.Region;
        var credentials = Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 }
            ? (AWSCredentials)new EnvironmentVariablesAWSCredentials()
            : new BasicAWSCredentials("local", "local");
        _dynamoDb = new AmazonDynamoDBClient(
            credentials, new AmazonDynamoDBConfig { ServiceURL = _emulators.DynamoDbUrl.ToString(), AuthenticationRegion = region });
        _sqs = new AmazonSQSClient(
            credentials, new AmazonSQSConfig { ServiceURL = _emulators.SqsUrl.ToString(), AuthenticationRegion = region });

        _system = await LocalSystemProcess.StartReadyAsync(
            timeout.Token,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_SQS"] = _emulators.SqsUrl.ToString(),
                ["AWS_ENDPOINT_URL_DYNAMODB"] = _emulators.DynamoDbUrl.ToString(),
                ["AWS_REGION"] = region,
            });
    }

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        _sqs.Dispose();
        _dynamoDb.Dispose();
        await _emulators.DisposeAsync();
    }

    /// <summary>Waits until the registry's table has exactly this many rows. A row is written shortly after its handshake.</summary>
    public Task UntilRegisteredAsync(int connections, CancellationToken cancellation) =>
        Patiently.SeeAsync(
            $"{connections} rows in the table of connections",
            async () => await CountAsync(RegistryTables.Connections, cancellation),
            count => count == connections,
            cancellation);

    public async Task SendRawAsync(string queue, string body, string group, CancellationToken cancellation)
    {
        var url = (await _sqs.GetQueueUrlAsync(queue, cancellation)).QueueUrl;
        await _sqs.SendMessageAsync(
            new SendMessageRequest
            {
                QueueUrl = url,
                MessageBody = body,
                MessageGroupId = group,
                MessageDeduplicationId = Guid.NewGuid().ToString(),
            },
            cancellation);
    }

    public async Task<string> ReceiveRawAsync(string queue, CancellationToken cancellation)
    {
        var url = (await _sqs.GetQueueUrlAsync(queue, cancellation)).QueueUrl;
        var received = await Patiently.SeeAsync(
            $"a message in {queue}",
            () => _sqs.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = 1 }, cancellation),
            answer => answer.Messages is { Count: > 0 },
            cancellation);
        return received.Messages[0].Body;
    }

    private async Task<int> CountAsync(string table, CancellationToken cancellation)
    {
        var count = 0;
        Dictionary<string, AttributeValue>? next = null;
        do
        {
            var page = await _dynamoDb.ScanAsync(
                new ScanRequest { TableName = table, Select = Select.COUNT, ConsistentRead = true, ExclusiveStartKey = next }, cancellation);
            count += page.Count ?? 0;
            next = page.LastEvaluatedKey is { Count: > 0 } ? page.LastEvaluatedKey : null;
        }
        while (next is not null);

        return count;
    }
}
