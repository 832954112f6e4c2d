using Amazon.SQS.Model;

namespace ChatEvents.SdkTests.Sqs;

public sealed class SqsRequestTests : SqsTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_request_names_its_operation_in_the_json_protocol_and_asks_for_query_error_codes()
    {
        NextAnswer("""{"MessageId":"m"}""");

        await Sqs.SendMessageAsync(QueueUrl, "hello", Cancellation);

        var request = Server.OnlyRequest;
        Assert.Equal("POST", request.Method);
        Assert.Equal("AmazonSQS.SendMessage", request.Headers["X-Amz-Target"]);
        Assert.Equal("application/x-amz-json-1.0", request.Headers["Content-Type"]);
        Assert.Equal("true", request.Headers["x-amzn-query-mode"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_is_signed_for_sqs_in_the_region()
    {
        NextAnswer("{}");

        await Sqs.DeleteMessageAsync(QueueUrl, "handle", Cancellation);

        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=test/", Server.OnlyRequest.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/eu-central-1/sqs/aws4_request,", Server.OnlyRequest.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_goes_to_the_configured_endpoint_whatever_the_host_of_the_queue_url()
    {
        NextAnswer("{}");

        await Sqs.PurgeQueueAsync("http://sqs.eu-central-1.localhost.localstack.cloud:4566/000000000000/outbox", Cancellation);

        Assert.Equal("/", Server.OnlyRequest.Target);
        AssertSent("""{"QueueUrl":"http://sqs.eu-central-1.localhost.localstack.cloud:4566/000000000000/outbox"}""");
    }

    [Fact(Timeout = 60_000)]
    public async Task Members_that_are_not_set_are_not_sent()
    {
        NextAnswer("{}");

        await Sqs.ReceiveMessageAsync(QueueUrl, Cancellation);

        AssertSent($$"""{"QueueUrl":"{{QueueUrl}}"}""");
    }

    [Fact(Timeout = 60_000)]
    public async Task Zero_is_a_value_and_is_sent()
    {
        NextAnswer("{}");

        await Sqs.ChangeMessageVisibilityAsync(QueueUrl, "handle", 0, Cancellation);

        AssertSent($$"""{"QueueUrl":"{{QueueUrl}}","ReceiptHandle":"handle","VisibilityTimeout":0}""");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_is_sent_with_all_its_members()
    {
        NextAnswer("""{"MessageId":"m"}""");

        await Sqs.SendMessageAsync(
            new SendMessageRequest(QueueUrl, "hello")
            {
                DelaySeconds = 5,
                MessageGroupId = "everyone",
                MessageDeduplicationId = "d1",
                MessageAttributes = new()
                {
                    ["kind"] = new() { DataType = "String", StringValue = "fanout" },
                    ["blob"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2]) },
                },
                MessageSystemAttributes = new()
                {
                    ["AWSTraceHeader"] = new() { DataType = "String", StringValue = "Root=1-2-3" },
                },
            },
            Cancellation);

        AssertSent($$"""
            {
              "QueueUrl": "{{QueueUrl}}", "MessageBody": "hello", "DelaySeconds": 5,
              "MessageGroupId": "everyone", "MessageDeduplicationId": "d1",
              "MessageAttributes": {
                "kind": { "DataType": "String", "StringValue": "fanout" },
                "blob": { "DataType": "Binary", "BinaryValue": "AQI=" }
              },
              "MessageSystemAttributes": { "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1-2-3" } }
            }
            """);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_receive_says_how_many_how_long_and_which_attributes()
    {
        NextAnswer("{}");

        await Sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest(QueueUrl)
            {
                MaxNumberOfMessages = 10,
                WaitTimeSeconds = 20,
                VisibilityTimeout = 60,
                MessageSystemAttributeNames = ["All"],
                MessageAttributeNames = ["All"],
                ReceiveRequestAttemptId = "a1",
            },
            Cancellation);

        AssertSent($$"""
            {
              "QueueUrl": "{{QueueUrl}}", "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20, "VisibilityTimeout": 60,
              "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"], "ReceiveRequestAttemptId": "a1"
            }
            """);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_is_sent_with_all_its_entries()
    {
        NextAnswer("{}");

        await Sqs.SendMessageBatchAsync(
            QueueUrl,
            [
                new SendMessageBatchRequestEntry("m0", "hello") { MessageGroupId = "blue" },
                new SendMessageBatchRequestEntry("m1", "again") { DelaySeconds = 1, MessageDeduplicationId = "d1" },
            ],
            Cancellation);

        AssertSent($$"""
            {
              "QueueUrl": "{{QueueUrl}}",
              "Entries": [
                { "Id": "m0", "MessageBody": "hello", "MessageGroupId": "blue" },
                { "Id": "m1", "MessageBody": "again", "DelaySeconds": 1, "MessageDeduplicationId": "d1" }
              ]
            }
            """);
    }

    [Fact(Timeout = 60_000)]
    public async Task Receipts_are_settled_in_batches()
    {
        NextAnswer("{}");

        await Sqs.DeleteMessageBatchAsync(QueueUrl, [new DeleteMessageBatchRequestEntry("m0", "handle")], Cancellation);

        AssertSent($$"""{"QueueUrl":"{{QueueUrl}}","Entries":[{"Id":"m0","ReceiptHandle":"handle"}]}""");
    }

    [Fact(Timeout = 60_000)]
    public async Task Visibility_is_changed_in_batches()
    {
        NextAnswer("{}");

        await Sqs.ChangeMessageVisibilityBatchAsync(
            QueueUrl, [new ChangeMessageVisibilityBatchRequestEntry("m0", "handle") { VisibilityTimeout = 30 }], Cancellation);

        AssertSent($$"""{"QueueUrl":"{{QueueUrl}}","Entries":[{"Id":"m0","ReceiptHandle":"handle","VisibilityTimeout":30}]}""");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_queue_is_created_with_attributes_and_tags()
    {
        NextAnswer($$"""{"QueueUrl":"{{QueueUrl}}"}""");

        var created = await Sqs.CreateQueueAsync(
            new CreateQueueRequest("outbox") { Attributes = new() { ["DelaySeconds"] = "1" }, Tags = new() { ["team"] = "chat" } },
            Cancellation);

        Assert.Equal(QueueUrl, created.QueueUrl);
        AssertSent("""{"QueueName":"outbox","Attributes":{"DelaySeconds":"1"},"tags":{"team":"chat"}}""");
    }
}
