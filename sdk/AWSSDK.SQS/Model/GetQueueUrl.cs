using Amazon.Runtime;

namespace Amazon.SQS.Model;

public partial class GetQueueUrlRequest : AmazonSQSRequest
{
    public GetQueueUrlRequest()
    {
    }

    public GetQueueUrlRequest(string queueName) => QueueName = queueName;

    public string QueueName { get; set; }

    public string QueueOwnerAWSAccountId { get; set; }
}

public partial class GetQueueUrlResponse : AmazonWebServiceResponse
{
    public string QueueUrl { get; set; }
}
