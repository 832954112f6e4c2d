using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class ChangeMessageVisibilityBatchRequest : AmazonSQSRequest
{
    public ChangeMessageVisibilityBatchRequest()
    {
    }

    public ChangeMessageVisibilityBatchRequest(string queueUrl, List<ChangeMessageVisibilityBatchRequestEntry> entries)
    {
        QueueUrl = queueUrl;
        Entries = entries;
    }

    public List<ChangeMessageVisibilityBatchRequestEntry> Entries { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string QueueUrl { get; set; }
}

public partial class ChangeMessageVisibilityBatchRequestEntry
{
    public ChangeMessageVisibilityBatchRequestEntry()
    {
    }

    public ChangeMessageVisibilityBatchRequestEntry(string id, string receiptHandle)
    {
        Id = id;
        ReceiptHandle = receiptHandle;
    }

    public string Id { get; set; }

    public string ReceiptHandle { get; set; }

    public int? VisibilityTimeout { get; set; }
}

public partial class ChangeMessageVisibilityBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public List<ChangeMessageVisibilityBatchResultEntry> Successful { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}

public partial class ChangeMessageVisibilityBatchResultEntry
{
    public string Id { get; set; }
}
