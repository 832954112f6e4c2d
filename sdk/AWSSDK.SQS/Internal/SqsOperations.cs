using Amazon.SQS.Model;
using Amazon.Subset;

namespace Amazon.SQS.Internal;

internal static class SqsOperations
{
    public static readonly SqsOperation<CreateQueueRequest, CreateQueueResponse> CreateQueue =
        new("CreateQueue", SqsRequests.Write, json => new() { QueueUrl = json.Text("QueueUrl") });

    public static readonly SqsOperation<DeleteQueueRequest, DeleteQueueResponse> DeleteQueue =
        new("DeleteQueue", (json, request) => json.Text("QueueUrl", request.QueueUrl));

    public static readonly SqsOperation<GetQueueUrlRequest, GetQueueUrlResponse> GetQueueUrl =
        new("GetQueueUrl", SqsRequests.Write, json => new() { QueueUrl = json.Text("QueueUrl") });

    public static readonly SqsOperation<GetQueueAttributesRequest, GetQueueAttributesResponse> GetQueueAttributes =
        new("GetQueueAttributes", SqsRequests.Write, json => new() { Attributes = json.TextMap("Attributes") });

    public static readonly SqsOperation<SetQueueAttributesRequest, SetQueueAttributesResponse> SetQueueAttributes =
        new("SetQueueAttributes", SqsRequests.Write);

    public static readonly SqsOperation<PurgeQueueRequest, PurgeQueueResponse> PurgeQueue =
        new("PurgeQueue", (json, request) => json.Text("QueueUrl", request.QueueUrl));

    public static readonly SqsOperation<SendMessageRequest, SendMessageResponse> SendMessage =
        new("SendMessage", SqsRequests.Write, SqsResponses.SendMessage);

    public static readonly SqsOperation<SendMessageBatchRequest, SendMessageBatchResponse> SendMessageBatch =
        new("SendMessageBatch", SqsRequests.Write, SqsResponses.SendMessageBatch);

    public static readonly SqsOperation<ReceiveMessageRequest, ReceiveMessageResponse> ReceiveMessage =
        new("ReceiveMessage", SqsRequests.Write, json => new() { Messages = json.List("Messages", SqsResponses.Message) });

    public static readonly SqsOperation<DeleteMessageRequest, DeleteMessageResponse> DeleteMessage =
        new("DeleteMessage", SqsRequests.Write);

    public static readonly SqsOperation<DeleteMessageBatchRequest, DeleteMessageBatchResponse> DeleteMessageBatch =
        new("DeleteMessageBatch", SqsRequests.Write, SqsResponses.DeleteMessageBatch);

    public static readonly SqsOperation<ChangeMessageVisibilityRequest, ChangeMessageVisibilityResponse> ChangeMessageVisibility =
        new("ChangeMessageVisibility", SqsRequests.Write);

    public static readonly SqsOperation<ChangeMessageVisibilityBatchRequest, ChangeMessageVisibilityBatchResponse>
        ChangeMessageVisibilityBatch =
        new("ChangeMessageVisibilityBatch", SqsRequests.Write, SqsResponses.ChangeMessageVisibilityBatch);
}
