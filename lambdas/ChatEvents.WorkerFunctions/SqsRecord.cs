using Amazon.Lambda.SQSEvents;
using Amazon.SQS.Model;

namespace ChatEvents.WorkerFunctions;

/// <summary>Converts a record of a batch to the SQS message that the event source mapping received.</summary>
internal static class SqsRecord
{
    /// <summary>The last part of <c>arn:aws:sqs:eu-central-1:111122223333:messages.fifo</c>.</summary>
    public static string QueueOf(SQSEvent.SQSMessage record) => record.EventSourceArn?.Split(':')[^1] ?? "";

    public static Message ToMessage(SQSEvent.SQSMessage record) => new()
    {
        MessageId = record.MessageId,
        ReceiptHandle = record.ReceiptHandle,
        Body = record.Body,
        Attributes = record.Attributes,
        MessageAttributes = record.MessageAttributes?.ToDictionary(
            attribute => attribute.Key,
            attribute => new MessageAttributeValue
            {
                DataType = attribute.Value.DataType,
                StringValue = attribute.Value.StringValue,
                BinaryValue = attribute.Value.BinaryValue,
            }),
    };
}
