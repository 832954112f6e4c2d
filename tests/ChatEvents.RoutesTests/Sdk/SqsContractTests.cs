using System.Net;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Sdk;

/// <summary>
/// What our code relies on in Amazon's SQS client and would break without a compiler's word if a version changed it. Everything else
/// about that client is Amazon's to test.
/// </summary>
public sealed class SqsContractTests : IAsyncLifetime
{
    private const string QueueUrl = "https://sqs.eu-central-1.amazonaws.com/111122223333/outbox";

    private readonly RecordingServer _server = new();
    private AmazonSQSClient _sqs = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        _sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), new AmazonSQSConfig
        {
            ServiceURL = _server.Url,
            AuthenticationRegion = "eu-central-1",
            MaxErrorRetry = 1,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _sqs.Dispose();
        await _server.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("GetQueueUrl")]
    [InlineData("ReceiveMessage")]
    [InlineData("SendMessageBatch")]
    [InlineData("GetQueueAttributes")]
    public async Task A_missing_queue_has_its_own_exception_and_the_code_of_the_query_protocol(string operation)
    {
        var cancellation = TestContext.Current.CancellationToken;
        NextError("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.", "AWS.SimpleQueueService.NonExistentQueue;Sender");

        var missing = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => CallAsync(operation, cancellation));

        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", missing.ErrorCode);
        Assert.Equal("The specified queue does not exist.", missing.Message);
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("DeleteMessage", "com.amazonaws.sqs#ReceiptHandleIsInvalid", null, "ReceiptHandleIsInvalid")]
    [InlineData("ChangeMessageVisibility", "com.amazonaws.sqs#ReceiptHandleIsInvalid", null, "ReceiptHandleIsInvalid")]
    [InlineData(
        "ChangeMessageVisibility", "com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight;Sender",
        "AWS.SimpleQueueService.MessageNotInflight")]
    [InlineData("DeleteMessage", "com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue;Sender", "InvalidParameterValue")]
    [InlineData("CreateQueue", "com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists;Sender", "QueueAlreadyExists")]
    [InlineData("CreateQueue", "com.amazonaws.sqs#QueueNameExists", null, "QueueNameExists")]
    [InlineData("CreateQueue", "com.amazonaws.sqs#InvalidAttributeName", null, "InvalidAttributeName")]
    [InlineData("ReceiveMessage", "com.amazonaws.sqs#KmsAccessDenied", null, "KmsAccessDenied")]
    [InlineData("ReceiveMessage", "com.amazon.coral.service#AccessDeniedException", null, "AccessDeniedException")]
    [InlineData("SendMessage", "com.amazon.coral.service#AccessDeniedException", "AccessDenied;Sender", "AccessDenied")]
    public async Task An_error_has_the_code_of_its_query_header_or_else_its_shape(
        string operation, string shape, string? queryError, string code)
    {
        NextError(shape, "no", queryError);

        var refused = await Assert.ThrowsAnyAsync<AmazonSQSException>(() => CallAsync(operation, TestContext.Current.CancellationToken));

        Assert.Equal((code, "no"), (refused.ErrorCode, refused.Message));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_error_is_tried_again_with_the_same_content()
    {
        _server.NextAnswer(503, "");
        NextAnswer("""{"MessageId":"m","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}""");

        await CallAsync("SendMessage", TestContext.Current.CancellationToken);

        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal(_server.Requests[0].Body, _server.Requests[1].Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_received_is_a_null_list()
    {
        NextAnswer("{}");

        Assert.Null((await _sqs.ReceiveMessageAsync(QueueUrl, TestContext.Current.CancellationToken)).Messages);
    }

    [Fact(Timeout = 60_000)]
    public async Task Attributes_that_a_message_does_not_have_are_null()
    {
        NextAnswer("""{"Messages":[{"MessageId":"0f8c","Body":"hello","MD5OfBody":"5d41402abc4b2a76b9719d911017c592"}]}""");

        var message = Assert.Single((await _sqs.ReceiveMessageAsync(QueueUrl, TestContext.Current.CancellationToken)).Messages);

        Assert.Null(message.Attributes);
        Assert.Null(message.MessageAttributes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_without_failures_has_a_null_list_of_them()
    {
        var cancellation = TestContext.Current.CancellationToken;
        NextAnswer("""{"Successful":[{"Id":"0"}]}""");

        var deleted = await _sqs.DeleteMessageBatchAsync(QueueUrl, [new DeleteMessageBatchRequestEntry("0", "handle")], cancellation);

        Assert.Null(deleted.Failed);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("")]
    [InlineData(""","MD5OfBody":"00000000000000000000000000000000" """)]
    public async Task A_received_body_without_its_digest_is_refused(string digest)
    {
        NextAnswer($$"""{"Messages":[{"MessageId":"0f8c","ReceiptHandle":"handle","Body":"hello"{{digest}}}]}""");

        await Assert.ThrowsAsync<AmazonSQSException>(() => CallAsync("ReceiveMessage", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_was_stored_with_another_digest_is_refused()
    {
        NextAnswer("""{"MessageId":"m","MD5OfMessageBody":"00000000000000000000000000000000"}""");

        await Assert.ThrowsAsync<AmazonSQSException>(() => CallAsync("SendMessage", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_goes_to_the_configured_endpoint_whatever_the_host_of_the_queue_url()
    {
        NextAnswer("{}");

        await _sqs.PurgeQueueAsync(QueueUrl, TestContext.Current.CancellationToken);

        Assert.Contains($"\"{QueueUrl}\"", _server.OnlyRequest.Body, StringComparison.Ordinal);
    }

    private Task CallAsync(string operation, CancellationToken cancellation) => operation switch
    {
        "GetQueueUrl" => _sqs.GetQueueUrlAsync("outbox", cancellation),
        "GetQueueAttributes" => _sqs.GetQueueAttributesAsync(QueueUrl, ["All"], cancellation),
        "CreateQueue" => _sqs.CreateQueueAsync("outbox", cancellation),
        "ReceiveMessage" => _sqs.ReceiveMessageAsync(QueueUrl, cancellation),
        "SendMessage" => _sqs.SendMessageAsync(QueueUrl, "hello", cancellation),
        "SendMessageBatch" => _sqs.SendMessageBatchAsync(QueueUrl, [new SendMessageBatchRequestEntry("0", "hello")], cancellation),
        "DeleteMessage" => _sqs.DeleteMessageAsync(QueueUrl, "handle", cancellation),
        "ChangeMessageVisibility" => _sqs.ChangeMessageVisibilityAsync(QueueUrl, "handle", 0, cancellation),
        _ => throw new NotSupportedException(operation),
    };

    private void NextAnswer(string body) => _server.NextAnswer(200, body, ("Content-Type", "application/x-amz-json-1.0"));

    private void NextError(string shape, string message, string? queryError) => _server.NextAnswer(
        400,
        $$"""{"__type":"{{shape}}","message":"{{message}}"}""",
        queryError is null ? [] : [("x-amzn-query-error", queryError)]);
}
