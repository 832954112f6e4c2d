using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Local;
using ChatEvents.Local.Emulators;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// The servers under a system, which a test can look into: those that the AWS_ENDPOINT_URL_* variables name, else emulators of its own.
/// </summary>
public sealed class SystemServers : IAsyncDisposable
{
    private readonly LocalEmulators _emulators;

    private SystemServers(LocalEmulators emulators)
    {
        _emulators = emulators;
        var credentials = LocalSettings.Variable("AWS_ACCESS_KEY_ID") is not null
            ? (AWSCredentials)new EnvironmentVariablesAWSCredentials()
            : new BasicAWSCredentials("local", "local");
        DynamoDb = new AmazonDynamoDBClient(credentials, new AmazonDynamoDBConfig
        {
            ServiceURL = emulators.DynamoDbUrl.ToString(),
            AuthenticationRegion = LocalSettings.Region,
        });
        Sqs = new AmazonSQSClient(credentials, new AmazonSQSConfig
        {
            ServiceURL = emulators.SqsUrl.ToString(),
            AuthenticationRegion = LocalSettings.Region,
        });
    }

    public static bool AreNamed =>
        LocalSettings.Variable("AWS_ENDPOINT_URL") is not null
        || (LocalSettings.Variable("AWS_ENDPOINT_URL_SQS") is not null && LocalSettings.Variable("AWS_ENDPOINT_URL_DYNAMODB") is not null);

    public IAmazonDynamoDB DynamoDb { get; }

    public IAmazonSQS Sqs { get; }

    /// <summary>What a program needs to use these servers.</summary>
    public Dictionary<string, string?> Environment => new()
    {
        ["AWS_ENDPOINT_URL_SQS"] = _emulators.SqsUrl.ToString(),
        ["AWS_ENDPOINT_URL_DYNAMODB"] = _emulators.DynamoDbUrl.ToString(),
        ["AWS_REGION"] = LocalSettings.Region,

        // Tests speak faster than people.
        ["Limits__MessagesPerSecond"] = "10000",
        ["Limits__Burst"] = "100000",
        ["MESSAGES_PER_SECOND"] = "10000",
        ["FanOut__AllowedEndpoints__0"] = "http://127.0.0.1:0",
        ["FanOut__AllowedEndpoints__1"] = "http://localhost:0",
        ["Registry__Sweep__AllowedEndpoints__0"] = "http://127.0.0.1:0",
        ["Registry__Sweep__AllowedEndpoints__1"] = "http://localhost:0",
        ["AWS_ACCESS_KEY_ID"] = LocalSettings.Variable("AWS_ACCESS_KEY_ID") ?? "local",
        ["AWS_SECRET_ACCESS_KEY"] = LocalSettings.Variable("AWS_SECRET_ACCESS_KEY") ?? "local",
    };

    public static async Task<SystemServers> StartAsync(CancellationToken cancellation) =>
        new(await LocalEmulators.StartAsync(stopping: cancellation));

    public async ValueTask DisposeAsync()
    {
        Sqs.Dispose();
        DynamoDb.Dispose();
        await _emulators.DisposeAsync();
    }

    /// <summary>Makes what a deployment makes before the workers come.</summary>
    public async Task CreateQueuesAndTablesAsync(CancellationToken cancellation)
    {
        await QueueSetup.EnsureQueuesAsync(Sqs, new RouteEventQueues(), cancellation);
        await new TablesSetup(DynamoDb, TimeProvider.System, NullLogger<TablesSetup>.Instance).CreateTablesAsync(new TableNames(), cancellation);
    }

    /// <summary>Waits until the registry has exactly this many connections, in the room of everyone too. It writes shortly after a handshake.</summary>
    public async Task UntilRegisteredAsync(int connections, CancellationToken cancellation)
    {
        await Patiently.SeeAsync(
            $"{connections} rows in the table of connections",
            async () => await CountAsync(RegistryTables.Connections, cancellation),
            count => count == connections,
            cancellation);
        await UntilInRoomAsync(Room.Everyone, connections, cancellation);
    }

    /// <summary>Waits until the registry has exactly this many memberships of the room, which is what a walk over it reads.</summary>
    public Task UntilInRoomAsync(string room, int connections, CancellationToken cancellation) =>
        Patiently.SeeAsync(
            $"{connections} connections in {room}",
            async () => await CountAsync(RegistryTables.Rooms, cancellation, $"{room}#"),
            count => count == connections,
            cancellation);

    /// <summary>Waits until the registry has nothing in hand, and so has looked for messages that those who came may have missed.</summary>
    public Task UntilRegistryIsIdleAsync(CancellationToken cancellation) => Patiently.SeeAsync(
        $"nothing on the queue {QueueNames.Connections}",
        () => CountMessagesAsync(QueueNames.Connections, cancellation),
        count => count == 0,
        cancellation);

    /// <summary>Messages of a queue that are waiting or in somebody's hand.</summary>
    public async Task<int> CountMessagesAsync(string name, CancellationToken cancellation)
    {
        var url = (await Sqs.GetQueueUrlAsync(name, cancellation)).QueueUrl;
        var queue = await Sqs.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["All"] }, cancellation);
        string[] counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        return counts.Sum(count => int.Parse(queue.Attributes[count], CultureInfo.InvariantCulture));
    }

    public async Task SendRawAsync(string queue, string body, string group, CancellationToken cancellation)
    {
        var url = (await Sqs.GetQueueUrlAsync(queue, cancellation)).QueueUrl;
        await Sqs.SendMessageAsync(
            new SendMessageRequest
            {
                QueueUrl = url,
                MessageBody = body,
                MessageGroupId = group,
                MessageDeduplicationId = Guid.NewGuid().ToString(),
            },
            cancellation);
    }

    /// <summary>The body of the queue's next message, which is gone afterwards.</summary>
    public async Task<string> TakeRawAsync(string queue, CancellationToken cancellation)
    {
        var url = (await Sqs.GetQueueUrlAsync(queue, cancellation)).QueueUrl;
        var received = await Patiently.SeeAsync(
            $"a message in {queue}",
            () => Sqs.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = 1 }, cancellation),
            answer => answer.Messages is { Count: > 0 },
            cancellation);
        await Sqs.DeleteMessageAsync(url, received.Messages[0].ReceiptHandle, cancellation);
        return received.Messages[0].Body;
    }

    private async Task<int> CountAsync(string table, CancellationToken cancellation, string? roomShardsFrom = null)
    {
        var count = 0;
        Dictionary<string, AttributeValue>? next = null;
        do
        {
            var page = await DynamoDb.ScanAsync(
                new ScanRequest
                {
                    TableName = table,
                    Select = Select.COUNT,
                    ConsistentRead = true,
                    ExclusiveStartKey = next,
                    FilterExpression = roomShardsFrom is null ? null : $"begins_with({RegistryTables.RoomShard}, :from)",
                    ExpressionAttributeValues = roomShardsFrom is null ? null : new() { [":from"] = new(roomShardsFrom) },
                },
                cancellation);
            count += page.Count ?? 0;
            next = page.LastEvaluatedKey is { Count: > 0 } ? page.LastEvaluatedKey : null;
        }
        while (next is not null);

        return count;
    }
}
