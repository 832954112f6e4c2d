using System.Text.Json.Serialization;

namespace Amazon.Lambda.SQSEvents;

/// <summary>Which messages of a batch stay on the queue; the others are deleted.</summary>
public class SQSBatchResponse(List<SQSBatchResponse.BatchItemFailure> batchItemFailures)
{
    public SQSBatchResponse()
        : this([])
    {
    }

    [JsonPropertyName("batchItemFailures")]
    public List<BatchItemFailure> BatchItemFailures { get; set; } = batchItemFailures;

    public class BatchItemFailure
    {
        /// <summary>The <see cref="SQSEvent.SQSMessage.MessageId"/> of the message.</summary>
        [JsonPropertyName("itemIdentifier")]
        public string? ItemIdentifier { get; set; }
    }
}
