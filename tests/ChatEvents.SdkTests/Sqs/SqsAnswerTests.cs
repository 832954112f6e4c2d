using Amazon.SQS.Model;

namespace ChatEvents.SdkTests.Sqs;

public sealed class SqsAnswerTests : SqsTests
{
    [Fact(Timeout = 60_000)]
    public async Task Nothing_received_is_a_null_list()
    {
        NextAnswer("{}");

        var received = await Sqs.ReceiveMessageAsync(QueueUrl, Cancellation);

        Assert.Null(received.Messages);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_received_message_is_read_whole()
    {
        NextAnswer("""
            { "Messages": [ {
                "MessageId": "0f8c", "ReceiptHandle": "AQEB", "MD5OfBody": "5d41402abc4b2a76b9719d911017c592", "Body": "hello",
                "Attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1795260961242" },
                "MD5OfMessageAttributes": "a311262e065454b75da111d535b8dacd",
                "MessageAttributes": { "Hello": { "StringValue": "There", "DataType": "String" } } } ] }
            """);

        var received = await Sqs.ReceiveMessageAsync(QueueUrl, Cancellation);

        var message = Assert.Single(received.Messages);
        Assert.Equal("0f8c", message.MessageId);
        Assert.Equal("AQEB", message.ReceiptHandle);
        Assert.Equal("hello", message.Body);
        Assert.Equal("1", message.Attributes["ApproximateReceiveCount"]);
        Assert.Equal("There", message.MessageAttributes["Hello"].StringValue);
        Assert.Equal("String", message.MessageAttributes["Hello"].DataType);
    }

    [Fact(Timeout = 60_000)]
    public async Task Attributes_that_were_not_asked_for_are_null()
    {
        NextAnswer("""{"Messages":[{"MessageId":"0f8c","Body":"hello"}]}""");

        var received = await Sqs.ReceiveMessageAsync(QueueUrl, Cancellation);

        Assert.Null(received.Messages[0].Attributes);
        Assert.Null(received.Messages[0].MessageAttributes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_binary_attribute_is_decoded()
    {
        NextAnswer("""{"Messages":[{"Body":"x","MessageAttributes":{"blob":{"DataType":"Binary","BinaryValue":"AQI="}}}]}""");

        var received = await Sqs.ReceiveMessageAsync(QueueUrl, Cancellation);

        Assert.Equal([1, 2], received.Messages[0].MessageAttributes["blob"].BinaryValue.ToArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task Members_that_are_unknown_or_null_are_passed_over()
    {
        NextAnswer("""{"MessageId":"m","SequenceNumber":null,"FutureMember":{"Deep":[1,2]}}""");

        var sent = await Sqs.SendMessageAsync(QueueUrl, "hello", Cancellation);

        Assert.Equal("m", sent.MessageId);
        Assert.Null(sent.SequenceNumber);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_answer_tells_each_entry_apart()
    {
        NextAnswer("""
            { "Successful": [ { "Id": "m0", "MessageId": "0f8c", "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592" } ],
              "Failed": [ { "Id": "m1", "SenderFault": true, "Code": "InvalidParameterValue", "Message": "too long" } ] }
            """);

        var sent = await Sqs.SendMessageBatchAsync(
            QueueUrl, [new SendMessageBatchRequestEntry("m0", "hello"), new SendMessageBatchRequestEntry("m1", "x")], Cancellation);

        Assert.Equal("0f8c", Assert.Single(sent.Successful).MessageId);
        var failed = Assert.Single(sent.Failed);
        Assert.Equal(("m1", "InvalidParameterValue", "too long", true), (failed.Id, failed.Code, failed.Message, failed.SenderFault));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_without_failures_has_a_null_list_of_them()
    {
        NextAnswer("""{"Successful":[{"Id":"m0"}]}""");

        var deleted = await Sqs.DeleteMessageBatchAsync(QueueUrl, [new DeleteMessageBatchRequestEntry("m0", "handle")], Cancellation);

        Assert.Null(deleted.Failed);
        Assert.Equal("m0", Assert.Single(deleted.Successful).Id);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_without_content_is_a_success()
    {
        NextAnswer("");

        var deleted = await Sqs.DeleteMessageAsync(QueueUrl, "handle", Cancellation);

        Assert.Equal(System.Net.HttpStatusCode.OK, deleted.HttpStatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_in_chunks_is_read_although_its_length_is_not_said()
    {
        Server.NextAnswerInChunks("""{"MessageId":"m"}""");

        var sent = await Sqs.SendMessageAsync(QueueUrl, "hello", Cancellation);

        Assert.Equal("m", sent.MessageId);
    }

    [Fact(Timeout = 60_000)]
    public async Task Queue_attributes_are_read_as_the_strings_they_are()
    {
        NextAnswer("""{"Attributes":{"QueueArn":"arn:aws:sqs:eu-central-1:111122223333:outbox","DelaySeconds":"0"}}""");

        var attributes = await Sqs.GetQueueAttributesAsync(QueueUrl, ["All"], Cancellation);

        Assert.Equal("arn:aws:sqs:eu-central-1:111122223333:outbox", attributes.Attributes["QueueArn"]);
        Assert.Equal("0", attributes.Attributes["DelaySeconds"]);
    }
}
