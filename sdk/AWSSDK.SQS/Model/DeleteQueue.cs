using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class DeleteQueueRequest : AmazonSQSRequest
{
    public DeleteQueueRequest()
    {
    }

    public DeleteQueueRequest(string queueUrl) => QueueUrl = queueUrl;

    public string QueueUrl { get; set; }
}

public partial class DeleteQueueResponse : AmazonWebServiceResponse;
