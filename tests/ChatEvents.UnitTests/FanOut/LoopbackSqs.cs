using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Testing.Rights;
using ChatEvents.UnitTests.Nonsense;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>SQS as far as the fan-out sends to it: every queue exists, and what is sent is written down and can be consumed at once.</summary>
internal sealed class LoopbackSqs() : AmazonSQSClient(
    new AnonymousAWSCredentials(), new AmazonSQSConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
{
    /// <summary>Told of each event that is sent; where the fan-out is deployed, it does not look up queues.</summary>
    public GuardedCalls Guard { get; } = new(DeployedRights.FanOut, url => url.Split('/')[^1] switch
    {
        QueueNames.Connections => "Connections",
        QueueNames.Walks => "Walks",
        QueueNames.Late => "Late",
        var unknown => unknown,
    });

    public ConcurrentQueue<SentEvent> Sent { get; } = [];

    /// <summary>Whether nothing can be sent.</summary>
    public bool IsDown { get; set; }

    /// <summary>Called with each event that was sent.</summary>
    public Action<SentEvent> OnSent { get; set; } = _ => { };

    public IEnumerable<SentEvent> SentTo(string queue) => Sent.Where(sent => sent.Queue == queue);

    public override Task<GetQueueUrlResponse> GetQueueUrlAsync(GetQueueUrlRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GetQueueUrlResponse { QueueUrl = $"http://nowhere.invalid/{request.QueueName}" });

    public override Task<SendMessageBatchResponse> SendMessageBatchAsync(
        SendMessageBatchRequest request, CancellationToken cancellationToken = default)
    {
        Guard.CheckQueue("SendMessageBatch", request.QueueUrl);
        ServiceRules.CheckBatch(request);
        if (IsDown) throw new AmazonSQSException("down");
        foreach (var entry in request.Entries)
        {
            var type = entry.MessageAttributes[AttributeNames.MessageType].StringValue;
            var sent = new SentEvent(
                request.QueueUrl.Split('/')[^1],
                type.Split(':')[^1],
                entry.MessageGroupId,
                entry.MessageBody,
                entry.MessageAttributes.GetValueOrDefault(AttributeNames.TraceParent)?.StringValue);
            Sent.Enqueue(sent);
            OnSent(sent);
        }

        return Task.FromResult(new SendMessageBatchResponse
        {
            Successful = [.. request.Entries.Select(entry => new SendMessageBatchResultEntry { Id = entry.Id })],
        });
    }
}

/// <param name="Queue">Its name.</param>
/// <param name="Event">Name of the route event.</param>
/// <param name="Group">Message group; null on a queue without order.</param>
/// <param name="Body">JSON.</param>
/// <param name="TraceParent">The trace that it belongs to, and the span in it; null for none.</param>
internal sealed record SentEvent(string Queue, string Event, string? Group, string Body, string? TraceParent);
