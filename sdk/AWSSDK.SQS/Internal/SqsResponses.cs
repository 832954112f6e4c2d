using System.Text.Json;
using Amazon.SQS.Model;
using Amazon.Subset;

namespace Amazon.SQS.Internal;

/// <summary>How the answers are read. A collection that is absent stays null, which SDK v4 promises.</summary>
internal static class SqsResponses
{
    public static SendMessageResponse SendMessage(JsonElement json) => new()
    {
        MD5OfMessageAttributes = json.Text("MD5OfMessageAttributes"),
        MD5OfMessageBody = json.Text("MD5OfMessageBody"),
        MD5OfMessageSystemAttributes = json.Text("MD5OfMessageSystemAttributes"),
        MessageId = json.Text("MessageId"),
        SequenceNumber = json.Text("SequenceNumber"),
    };

    public static SendMessageBatchResponse SendMessageBatch(JsonElement json) => new()
    {
        Failed = json.List("Failed", Failure),
        Successful = json.List("Successful", entry => new SendMessageBatchResultEntry
        {
            Id = entry.Text("Id"),
            MD5OfMessageAttributes = entry.Text("MD5OfMessageAttributes"),
            MD5OfMessageBody = entry.Text("MD5OfMessageBody"),
            MD5OfMessageSystemAttributes = entry.Text("MD5OfMessageSystemAttributes"),
            MessageId = entry.Text("MessageId"),
            SequenceNumber = entry.Text("SequenceNumber"),
        }),
    };

    public static DeleteMessageBatchResponse DeleteMessageBatch(JsonElement json) => new()
    {
        Failed = json.List("Failed", Failure),
        Successful = json.List("Successful", entry => new DeleteMessageBatchResultEntry { Id = entry.Text("Id") }),
    };

    public static ChangeMessageVisibilityBatchResponse ChangeMessageVisibilityBatch(JsonElement json) => new()
    {
        Failed = json.List("Failed", Failure),
        Successful = json.List("Successful", entry => new ChangeMessageVisibilityBatchResultEntry { Id = entry.Text("Id") }),
    };

    public static Message Message(JsonElement json) => new()
    {
        Attributes = json.TextMap("Attributes"),
        Body = json.Text("Body"),
        MD5OfBody = json.Text("MD5OfBody"),
        MD5OfMessageAttributes = json.Text("MD5OfMessageAttributes"),
        MessageAttributes = json.Map("MessageAttributes", Attribute),
        MessageId = json.Text("MessageId"),
        ReceiptHandle = json.Text("ReceiptHandle"),
    };

    private static MessageAttributeValue Attribute(JsonElement json) => new()
    {
        BinaryValue = json.Bytes("BinaryValue"),
        DataType = json.Text("DataType"),
        StringValue = json.Text("StringValue"),
    };

    private static BatchResultErrorEntry Failure(JsonElement json) => new()
    {
        Code = json.Text("Code"),
        Id = json.Text("Id"),
        Message = json.Text("Message"),
        SenderFault = json.Flag("SenderFault"),
    };
}
