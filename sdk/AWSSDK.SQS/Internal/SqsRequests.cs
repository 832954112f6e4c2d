using System.Text.Json;
using Amazon.SQS.Model;

namespace Amazon.SQS.Internal;

/// <summary>The members of each request. What is not set is not sent.</summary>
internal static class SqsRequests
{
    public static void Write(Utf8JsonWriter json, CreateQueueRequest request)
    {
        json.TextMap("Attributes", request.Attributes);
        json.Text("QueueName", request.QueueName);
        json.TextMap("tags", request.Tags);
    }

    public static void Write(Utf8JsonWriter json, GetQueueUrlRequest request)
    {
        json.Text("QueueName", request.QueueName);
        json.Text("QueueOwnerAWSAccountId", request.QueueOwnerAWSAccountId);
    }

    public static void Write(Utf8JsonWriter json, GetQueueAttributesRequest request)
    {
        json.TextList("AttributeNames", request.AttributeNames);
        json.Text("QueueUrl", request.QueueUrl);
    }

    public static void Write(Utf8JsonWriter json, SetQueueAttributesRequest request)
    {
        json.TextMap("Attributes", request.Attributes);
        json.Text("QueueUrl", request.QueueUrl);
    }

    public static void Write(Utf8JsonWriter json, SendMessageRequest request)
    {
        json.Number("DelaySeconds", request.DelaySeconds);
        json.Map("MessageAttributes", request.MessageAttributes, Write);
        json.Text("MessageBody", request.MessageBody);
        json.Text("MessageDeduplicationId", request.MessageDeduplicationId);
        json.Text("MessageGroupId", request.MessageGroupId);
        json.Map("MessageSystemAttributes", request.MessageSystemAttributes, Write);
        json.Text("QueueUrl", request.QueueUrl);
    }

    public static void Write(Utf8JsonWriter json, SendMessageBatchRequest request)
    {
        json.List("Entries", request.Entries, Write);
        json.Text("QueueUrl", request.QueueUrl);
    }

    public static void Write(Utf8JsonWriter json, ReceiveMessageRequest request)
    {
#pragma warning disable CS0618 // Deprecated by AWS, yet still sent for those who set it.
        json.TextList("AttributeNames", request.AttributeNames);
#pragma warning restore CS0618
        json.Number("MaxNumberOfMessages", request.MaxNumberOfMessages);
        json.TextList("MessageAttributeNames", request.MessageAttributeNames);
        json.TextList("MessageSystemAttributeNames", request.MessageSystemAttributeNames);
        json.Text("QueueUrl", request.QueueUrl);
        json.Text("ReceiveRequestAttemptId", request.ReceiveRequestAttemptId);
        json.Number("VisibilityTimeout", request.VisibilityTimeout);
        json.Number("WaitTimeSeconds", request.WaitTimeSeconds);
    }

    public static void Write(Utf8JsonWriter json, DeleteMessageRequest request)
    {
        json.Text("QueueUrl", request.QueueUrl);
        json.Text("ReceiptHandle", request.ReceiptHandle);
    }

    public static void Write(Utf8JsonWriter json, DeleteMessageBatchRequest request)
    {
        json.List("Entries", request.Entries, Write);
        json.Text("QueueUrl", request.QueueUrl);
    }

    public static void Write(Utf8JsonWriter json, ChangeMessageVisibilityRequest request)
    {
        json.Text("QueueUrl", request.QueueUrl);
        json.Text("ReceiptHandle", request.ReceiptHandle);
        json.Number("VisibilityTimeout", request.VisibilityTimeout);
    }

    public static void Write(Utf8JsonWriter json, ChangeMessageVisibilityBatchRequest request)
    {
        json.List("Entries", request.Entries, Write);
        json.Text("QueueUrl", request.QueueUrl);
    }

    private static void Write(Utf8JsonWriter json, SendMessageBatchRequestEntry entry)
    {
        json.Number("DelaySeconds", entry.DelaySeconds);
        json.Text("Id", entry.Id);
        json.Map("MessageAttributes", entry.MessageAttributes, Write);
        json.Text("MessageBody", entry.MessageBody);
        json.Text("MessageDeduplicationId", entry.MessageDeduplicationId);
        json.Text("MessageGroupId", entry.MessageGroupId);
        json.Map("MessageSystemAttributes", entry.MessageSystemAttributes, Write);
    }

    private static void Write(Utf8JsonWriter json, DeleteMessageBatchRequestEntry entry)
    {
        json.Text("Id", entry.Id);
        json.Text("ReceiptHandle", entry.ReceiptHandle);
    }

    private static void Write(Utf8JsonWriter json, ChangeMessageVisibilityBatchRequestEntry entry)
    {
        json.Text("Id", entry.Id);
        json.Text("ReceiptHandle", entry.ReceiptHandle);
        json.Number("VisibilityTimeout", entry.VisibilityTimeout);
    }

    private static void Write(Utf8JsonWriter json, MessageAttributeValue value)
    {
        json.Bytes("BinaryValue", value.BinaryValue);
        json.Text("DataType", value.DataType);
        json.Text("StringValue", value.StringValue);
    }

    private static void Write(Utf8JsonWriter json, MessageSystemAttributeValue value)
    {
        json.Bytes("BinaryValue", value.BinaryValue);
        json.Text("DataType", value.DataType);
        json.Text("StringValue", value.StringValue);
    }
}
