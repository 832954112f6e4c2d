using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS.Model;

namespace Amazon.SQS.Internal;

/// <summary>Throws when SQS reports another digest than the message has.</summary>
internal sealed class DigestCheck : PipelineHandler
{
    public override void InvokeSync(IExecutionContext executionContext)
    {
        base.InvokeSync(executionContext);
        Check(executionContext);
    }

    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var response = await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
        Check(executionContext);
        return response;
    }

    private static void Check(IExecutionContext context)
    {
        switch (context.RequestContext.OriginalRequest, context.ResponseContext.Response)
        {
            case (SendMessageRequest request, SendMessageResponse response):
                CheckBody(request.MessageBody, response.MD5OfMessageBody, response.MessageId);
                CheckAttributes(request.MessageAttributes, response.MD5OfMessageAttributes, response.MessageId);
                break;
            case (SendMessageBatchRequest request, SendMessageBatchResponse response):
                CheckBatch(request, response);
                break;
            case (_, ReceiveMessageResponse { Messages: not null } response):
                response.Messages.ForEach(Check);
                break;
        }
    }

    private static void CheckBatch(SendMessageBatchRequest request, SendMessageBatchResponse response)
    {
        foreach (var result in response.Successful ?? [])
        {
            var entry = request.Entries.Single(entry => entry.Id == result.Id);
            CheckBody(entry.MessageBody, result.MD5OfMessageBody, result.MessageId);
            CheckAttributes(entry.MessageAttributes, result.MD5OfMessageAttributes, result.MessageId);
        }
    }

    private static void Check(Message message)
    {
        CheckBody(message.Body, message.MD5OfBody, message.MessageId);
        CheckAttributes(message.MessageAttributes, message.MD5OfMessageAttributes, message.MessageId);
    }

    private static void CheckBody(string body, string digest, string messageId)
    {
        if (!string.IsNullOrEmpty(body) && !string.IsNullOrEmpty(digest) && !Matches(MessageDigest.OfBody(body), digest))
        {
            throw new AmazonSQSException($"MD5 hash mismatch for message {messageId}");
        }
    }

    private static void CheckAttributes(Dictionary<string, MessageAttributeValue> attributes, string digest, string messageId)
    {
        if (attributes is { Count: > 0 } && !string.IsNullOrEmpty(digest) && !Matches(MessageDigest.OfAttributes(attributes), digest))
        {
            throw new AmazonSQSException($"Attribute MD5 hash mismatch for message {messageId}");
        }
    }

    private static bool Matches(string ours, string theirs) => ours.Equals(theirs, StringComparison.OrdinalIgnoreCase);
}
