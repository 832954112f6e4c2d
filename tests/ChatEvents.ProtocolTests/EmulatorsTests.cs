using System.Diagnostics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Local.Emulators;

namespace ChatEvents.ProtocolTests;

public sealed class EmulatorsTests(EmulatorsFixture emulators)
{
    private static bool AreNamed =>
        Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_SQS") is not null && Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_DYNAMODB") is not null;

    [Fact(Timeout = 60_000)]
    public async Task Both_servers_answer()
    {
        using var dynamoDb = emulators.CreateDynamoDb();

        var tables = await dynamoDb.ListTablesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, tables.HttpStatusCode);
        using var http = new HttpClient();
        using var health = await http.GetAsync(new Uri(emulators.SqsUrl, "/health"), TestContext.Current.CancellationToken);
        Assert.NotEqual(System.Net.HttpStatusCode.InternalServerError, health.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task They_count_what_AWS_would_charge()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(AreNamed, "Both servers are named by the environment, so none is started.");
        await using var own = await LocalEmulators.StartAsync(stopping: cancellation);
        using var dynamoDb = new AmazonDynamoDBClient(EmulatorsFixture.Credentials, new AmazonDynamoDBConfig
        {
            ServiceURL = own.DynamoDbUrl.ToString(),
            AuthenticationRegion = EmulatorsFixture.Region,
        });
        using var sqs = new AmazonSQSClient(EmulatorsFixture.Credentials, new AmazonSQSConfig
        {
            ServiceURL = own.SqsUrl.ToString(),
            AuthenticationRegion = EmulatorsFixture.Region,
        });

        await dynamoDb.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = "People",
                KeySchema = [new("name", KeyType.HASH)],
                AttributeDefinitions = [new("name", ScalarAttributeType.S)],
                BillingMode = BillingMode.PAY_PER_REQUEST,
            },
            cancellation);
        var ada = new Dictionary<string, AttributeValue> { ["name"] = new("Ada") };
        await dynamoDb.PutItemAsync("People", new() { ["name"] = new("Ada"), ["text"] = new(new string('x', 1500)) }, cancellation); // 2 units written
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => dynamoDb.PutItemAsync( // 1, for nothing
            new PutItemRequest { TableName = "People", Item = ada, ConditionExpression = "attribute_not_exists(#n)", ExpressionAttributeNames = new() { ["#n"] = "name" } },
            cancellation));
        await dynamoDb.BatchWriteItemAsync( // 1 each
            new Dictionary<string, List<WriteRequest>>
            {
                ["People"] = [.. ((string[])["Bob", "Cyd"]).Select(name => new WriteRequest(new PutRequest(new() { ["name"] = new(name) })))],
            },
            cancellation);
        await dynamoDb.GetItemAsync("People", ada, consistentRead: true, cancellation); // 1 read
        var asked = await dynamoDb.GetItemAsync( // half of one
            new GetItemRequest { TableName = "People", Key = new() { ["name"] = new("Nobody") }, ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL },
            cancellation);
        var scanned = await dynamoDb.ScanAsync(new ScanRequest("People"), cancellation); // half of one

        var inOrder = (await sqs.CreateQueueAsync( // a request, as of any queue
            new CreateQueueRequest { QueueName = "people.fifo", Attributes = new() { ["FifoQueue"] = "true" } }, cancellation)).QueueUrl;
        var any = (await sqs.CreateQueueAsync("people", cancellation)).QueueUrl; // 1
        await sqs.SendMessageAsync( // 65 KB are two
            new SendMessageRequest { QueueUrl = inOrder, MessageBody = new string('x', 65 * 1024), MessageGroupId = "a", MessageDeduplicationId = "1" },
            cancellation);
        var received = await sqs.ReceiveMessageAsync(inOrder, cancellation); // two
        await sqs.DeleteMessageAsync(inOrder, received.Messages[0].ReceiptHandle, cancellation); // 1
        await sqs.SendMessageBatchAsync(any, [new("a", "first"), new("b", "second")], cancellation); // 1

        using var http = new HttpClient();
        Assert.Equal("""{"readUnits":2,"writeUnits":5}""", await http.GetStringAsync(new Uri(own.DynamoDbUrl, "/_use"), cancellation));
        Assert.Equal("""{"requests":3,"fifoRequests":5}""", await http.GetStringAsync(new Uri(own.SqsUrl, "/_use"), cancellation));
        // Who asks for the units gets them, nobody else.
        Assert.Equal(0.5, asked.ConsumedCapacity.CapacityUnits);
        Assert.Null(scanned.ConsumedCapacity);
    }

    [Fact(Timeout = 60_000)]
    public async Task Emulators_end_when_they_are_disposed_of()
    {
        Assert.SkipWhen(AreNamed, "Both servers are named by the environment, so none is started.");
        var own = await LocalEmulators.StartAsync(stopping: TestContext.Current.CancellationToken);
        var processes = own.ProcessIds.Select(Process.GetProcessById).ToList();
        Assert.NotEmpty(processes);

        await own.DisposeAsync();

        Assert.All(processes, process => Assert.True(process.HasExited));
    }
}
