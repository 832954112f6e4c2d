using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class DeleteMessageBatchRequest : AmazonSQSRequest
{
    public DeleteMessageBatchRequest()
    {
    }

    public DeleteMessageBatchRequest(string queueUrl, List<DeleteMessageBatchRequestEntry> entries)
    {
        QueueUrl = queueUrl;
        Entries = entries;
    }

    public List<DeleteMessageBatchRequestEntry> Entries { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string QueueUrl { get; set; }
}

public partial class DeleteMessageBatchRequestEntry
{
    public DeleteMessageBatchRequestEntry()
    {
    }

    public DeleteMessageBatchRequestEntry(string id, string receiptHandle)
    {
        Id = id;
        ReceiptHandle = receiptHandle;
    }

    public string Id { get; set; }

    public string ReceiptHandle { get; set; }
}

public partial class DeleteMessageBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public List<DeleteMessageBatchResultEntry> Successful { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}

public partial class DeleteMessageBatchResultEntry
{
    public string Id { get; set; }
}
