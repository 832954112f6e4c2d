using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>SQS as far as a publisher needs it: every queue exists, and what is sent is written down.</summary>
internal sealed class RecordingSqs() : AmazonSQSClient(
    new AnonymousAWSCredentials(), new AmazonSQSConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    /// <summary>Bodies by the name of the queue they were sent to.</summary>
    public ConcurrentQueue<(string Queue, string Body)> Sent { get; } = [];

    public override Task<GetQueueUrlResponse> GetQueueUrlAsync(GetQueueUrlRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GetQueueUrlResponse { QueueUrl = $"http://nowhere.invalid/{request.QueueName}" });

    public override Task<SendMessageBatchResponse> SendMessageBatchAsync(
        SendMessageBatchRequest request, CancellationToken cancellationToken = default)
    {
        foreach (var entry in request.Entries) Sent.Enqueue((request.QueueUrl.Split('/')[^1], entry.MessageBody));
        return Task.FromResult(new SendMessageBatchResponse
        {
            Successful = [.. request.Entries.Select(entry => new SendMessageBatchResultEntry { Id = entry.Id })],
        });
    }
}
