using System.Text.Json.Nodes;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.SdkTests.Sqs;

public sealed class SqsDigestTests : SqsTests
{
    private const string DigestOfHello = "5d41402abc4b2a76b9719d911017c592";
    private const string AnotherDigest = "00000000000000000000000000000000";

    /// <summary>Attributes (name, text) and the digest that AWS was seen to answer for them.</summary>
    public static TheoryData<string, string> RecordedDigests => new()
    {
        { """{"MyAttribute":"foobar"}""", "adb59cd4678ea5a855436b949cd07ab6" },
        { """{"Hello":"There"}""", "a311262e065454b75da111d535b8dacd" },
        { """{"Hello":"There","General":"Kenobi"}""", "fca026605781cb4126a1e9044df24232" },
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(RecordedDigests))]
    public async Task Digests_that_aws_answers_are_accepted(string attributes, string digest)
    {
        NextAnswer($$"""{"MessageId":"m","MD5OfMessageBody":"{{DigestOfHello}}","MD5OfMessageAttributes":"{{digest}}"}""");

        var sent = await Sqs.SendMessageAsync(
            new SendMessageRequest(QueueUrl, "hello") { MessageAttributes = Texts(attributes) }, Cancellation);

        Assert.Equal("m", sent.MessageId);
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(RecordedDigests))]
    public async Task Attributes_that_arrive_with_another_digest_are_refused(string attributes, string digest)
    {
        NextAnswer($$"""{"MessageId":"m","MD5OfMessageBody":"{{DigestOfHello}}","MD5OfMessageAttributes":"{{digest}}"}""");
        var changed = Texts(attributes);
        changed["Hello"] = new() { DataType = "String", StringValue = "somebody else" };

        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.SendMessageAsync(
            new SendMessageRequest(QueueUrl, "hello") { MessageAttributes = changed }, Cancellation));

        Assert.Contains("MD5", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_binary_attribute_counts_by_its_bytes()
    {
        // Length 4, "blob", length 6, "Binary", kind 2, length 2, 1, 2.
        NextAnswer("""{"MessageId":"m","MD5OfMessageAttributes":"29065a262718187ef028b8265eccc547"}""");

        var sent = await Sqs.SendMessageAsync(
            new SendMessageRequest(QueueUrl, "hello")
            {
                MessageAttributes = new() { ["blob"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2]) } },
            },
            Cancellation);

        Assert.Equal("m", sent.MessageId);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_was_stored_with_another_digest_is_refused()
    {
        NextAnswer($$"""{"MessageId":"m","MD5OfMessageBody":"{{AnotherDigest}}"}""");

        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.SendMessageAsync(QueueUrl, "hello", Cancellation));

        Assert.Contains("MD5", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_names_the_message_whose_digest_differs()
    {
        NextAnswer($$"""
            { "Successful": [
                { "Id": "m0", "MessageId": "first", "MD5OfMessageBody": "{{DigestOfHello}}" },
                { "Id": "m1", "MessageId": "second", "MD5OfMessageBody": "{{AnotherDigest}}" } ] }
            """);

        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.SendMessageBatchAsync(
            QueueUrl, [new SendMessageBatchRequestEntry("m0", "hello"), new SendMessageBatchRequestEntry("m1", "hello")], Cancellation));

        Assert.Contains("second", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_received_body_with_another_digest_is_refused()
    {
        NextAnswer($$"""{"Messages":[{"MessageId":"0f8c","Body":"hello","MD5OfBody":"{{AnotherDigest}}"}]}""");

        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.ReceiveMessageAsync(QueueUrl, Cancellation));

        Assert.Contains("0f8c", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Received_attributes_with_another_digest_are_refused()
    {
        NextAnswer($$"""
            { "Messages": [ { "MessageId": "0f8c", "Body": "hello", "MD5OfBody": "{{DigestOfHello}}",
                "MD5OfMessageAttributes": "{{AnotherDigest}}",
                "MessageAttributes": { "Hello": { "StringValue": "There", "DataType": "String" } } } ] }
            """);

        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => Sqs.ReceiveMessageAsync(QueueUrl, Cancellation));

        Assert.Contains("Attribute MD5", refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, MessageAttributeValue> Texts(string json) =>
        JsonNode.Parse(json)!.AsObject().ToDictionary(
            member => member.Key,
            member => new MessageAttributeValue { DataType = "String", StringValue = member.Value!.GetValue<string>() });
}
