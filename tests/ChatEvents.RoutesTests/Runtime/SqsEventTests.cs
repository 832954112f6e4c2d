using System.Text;
using Amazon.Lambda.SQSEvents;
using Amazon.Lambda.Serialization.SystemTextJson;

namespace ChatEvents.RoutesTests.Runtime;

public sealed class SqsEventTests
{
    private readonly DefaultLambdaJsonSerializer _serializer = new();

    [Fact]
    public void A_batch_is_read_as_Lambda_sends_it()
    {
        const string Batch = """
            { "Records": [ {
              "messageId": "6f0c2c0e-3f0f-4a52-9a8b-1c7a3a1f7e11",
              "receiptHandle": "AQEB==",
              "body": "{}",
              "attributes": { "ApproximateReceiveCount": "1", "MessageGroupId": "everyone" },
              "messageAttributes": {
                "kind": { "stringValue": "acme", "stringListValues": [], "binaryListValues": [], "dataType": "String" },
                "blob": { "binaryValue": "AQI=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary" } },
              "md5OfMessageAttributes": "c52f727da6769fcbc66f3f8555ce234a",
              "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
              "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:outbox", "awsRegion": "eu-central-1" } ] }
            """;

        var message = Assert.Single(_serializer.Deserialize<SQSEvent>(new MemoryStream(Encoding.UTF8.GetBytes(Batch))).Records!);

        Assert.Equal("6f0c2c0e-3f0f-4a52-9a8b-1c7a3a1f7e11", message.MessageId);
        Assert.Equal("{}", message.Body);
        Assert.Equal("arn:aws:sqs:eu-central-1:111122223333:outbox", message.EventSourceArn);
        Assert.Equal("everyone", message.Attributes!["MessageGroupId"]);
        Assert.Equal("acme", message.MessageAttributes!["kind"].StringValue);
        Assert.Equal([1, 2], message.MessageAttributes["blob"].BinaryValue!.ToArray());
    }

    [Fact]
    public void The_failures_of_a_batch_are_written_as_Lambda_reads_them()
    {
        var json = new MemoryStream();

        _serializer.Serialize(new SQSBatchResponse([new() { ItemIdentifier = "6f0c2c0e" }]), json);

        Assert.Equal("""{"batchItemFailures":[{"itemIdentifier":"6f0c2c0e"}]}""", Encoding.UTF8.GetString(json.ToArray()));
    }
}
