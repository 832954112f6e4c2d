using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class CreateQueueRequest : AmazonSQSRequest
{
    public CreateQueueRequest()
    {
    }

    public CreateQueueRequest(string queueName) => QueueName = queueName;

    public Dictionary<string, string> Attributes { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string QueueName { get; set; }

    public Dictionary<string, string> Tags { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}

public partial class CreateQueueResponse : AmazonWebServiceResponse
{
    public string QueueUrl { get; set; }
}
