using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class ReceiveMessageRequest : AmazonSQSRequest
{
    public ReceiveMessageRequest()
    {
    }

    public ReceiveMessageRequest(string queueUrl) => QueueUrl = queueUrl;

    [Obsolete("AttributeNames has been replaced by MessageSystemAttributeNames")]
    public List<string> AttributeNames { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public int? MaxNumberOfMessages { get; set; }

    public List<string> MessageAttributeNames { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public List<string> MessageSystemAttributeNames { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string QueueUrl { get; set; }

    public string ReceiveRequestAttemptId { get; set; }

    public int? VisibilityTimeout { get; set; }

    public int? WaitTimeSeconds { get; set; }
}

public partial class ReceiveMessageResponse : AmazonWebServiceResponse
{
    /// <summary>Null when nothing was received.</summary>
    public List<Message> Messages { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}
