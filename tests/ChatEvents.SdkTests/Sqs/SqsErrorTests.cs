using System.Net;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.SdkTests.Sqs;

public sealed class SqsErrorTests : SqsTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_request_that_hangs_ends_by_the_timeout_of_the_client_and_is_tried_again()
    {
        Server.Hangs = true;
        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), new AmazonSQSConfig
        {
            ServiceURL = Server.Url,
            AuthenticationRegion = "eu-central-1",
            MaxErrorRetry = 1,
            Timeout = TimeSpan.FromSeconds(3), // a machine under load takes its time to bring even the first request
        });

        await Assert.ThrowsAnyAsync<Exception>(() => sqs.GetQueueUrlAsync("outbox", Cancellation));

        Assert.False(Cancellation.IsCancellationRequested);

        // The attempts, not the requests: now and then the SDK sends one that has hung again within the same attempt.
        Assert.Equal(
            ["attempt=1; max=2", "attempt=2; max=2"], Server.Requests.Select(request => request.Headers["amz-sdk-request"]).Distinct());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_missing_queue_has_its_own_exception_and_the_code_of_the_query_protocol()
    {
        Server.NextAnswer(
            400,
            """{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}""",
            ("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"),
            ("x-amzn-RequestId", "7a62c49f"));

        var missing = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => Sqs.GetQueueUrlAsync("outbox", Cancellation));

        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", missing.ErrorCode);
        Assert.Equal(ErrorType.Sender, missing.ErrorType);
        Assert.Equal("The specified queue does not exist.", missing.Message);
        Assert.Equal("7a62c49f", missing.RequestId);
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("QueueNameExists", typeof(QueueNameExistsException))]
    [InlineData("QueueDeletedRecently", typeof(QueueDeletedRecentlyException))]
    [InlineData("PurgeQueueInProgress", typeof(PurgeQueueInProgressException))]
    [InlineData("ReceiptHandleIsInvalid", typeof(ReceiptHandleIsInvalidException))]
    [InlineData("MessageNotInflight", typeof(MessageNotInflightException))]
    [InlineData("OverLimit", typeof(OverLimitException))]
    [InlineData("InvalidMessageContents", typeof(InvalidMessageContentsException))]
    [InlineData("EmptyBatchRequest", typeof(EmptyBatchRequestException))]
    [InlineData("TooManyEntriesInBatchRequest", typeof(TooManyEntriesInBatchRequestException))]
    [InlineData("BatchEntryIdsNotDistinct", typeof(BatchEntryIdsNotDistinctException))]
    [InlineData("InvalidBatchEntryId", typeof(InvalidBatchEntryIdException))]
    [InlineData("BatchRequestTooLong", typeof(BatchRequestTooLongException))]
    [InlineData("InvalidAttributeName", typeof(InvalidAttributeNameException))]
    [InlineData("InvalidAttributeValue", typeof(InvalidAttributeValueException))]
    [InlineData("UnsupportedOperation", typeof(UnsupportedOperationException))]
    [InlineData("KmsAccessDenied", typeof(KmsAccessDeniedException))]
    public async Task The_shape_in_the_body_picks_the_exception(string shape, Type exception)
    {
        Server.NextAnswer(400, $$"""{"__type":"com.amazonaws.sqs#{{shape}}","message":"no"}""");

        var thrown = await Assert.ThrowsAnyAsync<AmazonSQSException>(() => Sqs.ReceiveMessageAsync(QueueUrl, Cancellation));

        Assert.IsType(exception, thrown);
        Assert.Equal(shape, thrown.ErrorCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_error_of_no_known_shape_keeps_its_code_and_text()
    {
        Server.NextAnswer(
            400,
            """{"__type":"com.amazon.coral.service#InvalidParameterValueException","message":"Value 11 is invalid."}""",
            ("x-amzn-query-error", "InvalidParameterValue;Sender"));

        var thrown = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.ReceiveMessageAsync(QueueUrl, Cancellation));

        Assert.Equal("InvalidParameterValue", thrown.ErrorCode);
        Assert.Equal("Value 11 is invalid.", thrown.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_error_is_tried_again_with_the_same_content()
    {
        Server.NextAnswer(503, "");
        NextAnswer("""{"MessageId":"m"}""");

        var sent = await Sqs.SendMessageAsync(QueueUrl, "hello", Cancellation);

        Assert.Equal("m", sent.MessageId);
        Assert.Equal(2, Server.Requests.Count);
        Assert.Equal(Server.Requests[0].Body, Server.Requests[1].Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task Garbage_for_an_answer_is_tried_again_and_then_an_unmarshalling_error()
    {
        NextAnswer("<html>proxy</html>");
        NextAnswer("<html>proxy</html>");

        await Assert.ThrowsAsync<AmazonUnmarshallingException>(() => Sqs.ReceiveMessageAsync(QueueUrl, Cancellation));
    }
}
