using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.Testing;

/// <summary>
/// SQS at the seam of its SDK: records every request, hands out what a test has put in, and takes everything it is sent unless the
/// test says otherwise. It has no clock: nothing becomes visible again by itself, and a long poll waits for the next message for ever.
/// </summary>
public sealed class RecordingSqs() : AmazonSQSClient(
    new BasicAWSCredentials("recording", "recording"), new AmazonSQSConfig { ServiceURL = "http://recording.invalid" })
{
    private readonly Lock _gate = new();
    private readonly List<Message> _visible = [];
    private TaskCompletionSource _arrival = NewArrival();

    public Recorded<string> UrlLookUps { get; } = new();

    public Recorded<SendMessageRequest> Sends { get; } = new();

    public Recorded<SendMessageBatchRequest> BatchSends { get; } = new();

    /// <summary>Bodies that were sent in batches, each with the name of its queue.</summary>
    public IReadOnlyList<(string Queue, string Body)> Published =>
        [.. BatchSends.All.SelectMany(batch => batch.Entries.Select(entry => (batch.QueueUrl.Split('/')[^1], entry.MessageBody)))];

    public Recorded<ReceiveMessageRequest> Receives { get; } = new();

    public Recorded<DeleteMessageBatchRequest> Deletes { get; } = new();

    public Recorded<ChangeMessageVisibilityBatchRequest> VisibilityChanges { get; } = new();

    /// <summary>Runs before the answer to each look-up of a URL; may throw or wait.</summary>
    public Func<string, Task> OnUrlLookUp { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs before the answer to each question for a queue's attributes; may throw or wait.</summary>
    public Func<GetQueueAttributesRequest, Task> OnAttributes { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs before the answer to each send; may throw or wait.</summary>
    public Func<SendMessageRequest, Task> OnSend { get; set; } = _ => Task.CompletedTask;

    /// <summary>Says which entries of a batch fail.</summary>
    public Func<SendMessageBatchRequest, Task<List<BatchResultErrorEntry>>> OnBatchSend { get; set; } = _ => NoFailures;

    /// <summary>Runs before each receive is answered; may throw or wait.</summary>
    public Func<ReceiveMessageRequest, Task> OnReceive { get; set; } = _ => Task.CompletedTask;

    /// <summary>Says which entries of a batch fail.</summary>
    public Func<DeleteMessageBatchRequest, Task<List<BatchResultErrorEntry>>> OnDelete { get; set; } = _ => NoFailures;

    /// <summary>Says which entries of a batch fail.</summary>
    public Func<ChangeMessageVisibilityBatchRequest, Task<List<BatchResultErrorEntry>>> OnVisibilityChange { get; set; } = _ => NoFailures;

    /// <summary>Messages that were put in and not received yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _visible.Count;
        }
    }

    private static Task<List<BatchResultErrorEntry>> NoFailures => Task.FromResult<List<BatchResultErrorEntry>>([]);

    /// <summary>A message as a receive returns it; the receipt handle is its id with the receive count.</summary>
    public static Message MessageOf(string id, string body = "{}", string? group = null, int receiveCount = 1)
    {
        var message = new Message
        {
            MessageId = id,
            ReceiptHandle = $"{id}-{receiveCount}",
            Body = body,
            Attributes = new()
            {
                [MessageSystemAttributeName.ApproximateReceiveCount] = $"{receiveCount}",
                [MessageSystemAttributeName.SentTimestamp] = "1795262400000",
            },
            MessageAttributes = [],
        };
        if (group is not null) message.Attributes[MessageSystemAttributeName.MessageGroupId] = group;
        return message;
    }

    /// <summary>Makes messages visible. All of them are there before any receive sees the first.</summary>
    public void PutIn(params IEnumerable<Message> messages)
    {
        lock (_gate)
        {
            _visible.AddRange(messages);
            _arrival.TrySetResult();
        }
    }

    public override async Task<GetQueueUrlResponse> GetQueueUrlAsync(string queueName, CancellationToken cancellationToken = default)
    {
        UrlLookUps.Add(queueName);
        await OnUrlLookUp(queueName);
        return new() { QueueUrl = $"http://recording.invalid/000000000000/{queueName}" };
    }

    public override async Task<GetQueueAttributesResponse> GetQueueAttributesAsync(
        GetQueueAttributesRequest request, CancellationToken cancellationToken = default)
    {
        await OnAttributes(request).WaitAsync(cancellationToken);
        return new();
    }

    public override async Task<SendMessageResponse> SendMessageAsync(SendMessageRequest request, CancellationToken cancellationToken = default)
    {
        Sends.Add(request);
        await OnSend(request);
        return new();
    }

    public override async Task<SendMessageBatchResponse> SendMessageBatchAsync(
        SendMessageBatchRequest request, CancellationToken cancellationToken = default)
    {
        BatchSends.Add(request);
        return new() { Failed = await OnBatchSend(request) };
    }

    public override async Task<ReceiveMessageResponse> ReceiveMessageAsync(
        ReceiveMessageRequest request, CancellationToken cancellationToken = default)
    {
        Receives.Add(request);
        await OnReceive(request);
        while (true)
        {
            Task arrival;
            lock (_gate)
            {
                var taken = _visible.Take(request.MaxNumberOfMessages ?? 1).ToList();
                _visible.RemoveRange(0, taken.Count);
                if (taken.Count > 0) return new() { Messages = taken };
                if (request.WaitTimeSeconds is null or 0) return new();
                if (_arrival.Task.IsCompleted) _arrival = NewArrival();
                arrival = _arrival.Task;
            }

            await arrival.WaitAsync(cancellationToken);
        }
    }

    public override async Task<DeleteMessageBatchResponse> DeleteMessageBatchAsync(
        DeleteMessageBatchRequest request, CancellationToken cancellationToken = default)
    {
        Deletes.Add(request);
        return new() { Failed = await OnDelete(request).WaitAsync(cancellationToken) };
    }

    public override async Task<ChangeMessageVisibilityBatchResponse> ChangeMessageVisibilityBatchAsync(
        ChangeMessageVisibilityBatchRequest request, CancellationToken cancellationToken = default)
    {
        VisibilityChanges.Add(request);
        return new() { Failed = await OnVisibilityChange(request).WaitAsync(cancellationToken) };
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
