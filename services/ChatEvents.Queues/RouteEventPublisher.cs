using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>
/// Publishes route events to their queues. When it returns, they are on the queue; if it throws, the exception says which are not. It does
/// nothing before the first call, to keep the start of a process short.
/// </summary>
public sealed class RouteEventPublisher(IAmazonSQS sqs, RouteEventQueues queues, TimeProvider time, Func<double> jitter)
{
    /// <summary>How often a single failed entry is sent; the SDK retries requests that fail as a whole. Arbitrary.</summary>
    private const int MaxAttempts = 4;

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(100));

    private readonly QueueUrls _urls = new(sqs);

    public RouteEventPublisher(IAmazonSQS sqs, RouteEventQueues queues)
        : this(sqs, queues, TimeProvider.System, Jitter.Next)
    {
    }

    /// <summary>Publishes one event within the current trace.</summary>
    public Task PublishAsync(IRouteEvent routeEvent, CancellationToken cancellation) =>
        PublishAsync(routeEvent, TraceContext.Current, cancellation);

    public async Task PublishAsync(IRouteEvent routeEvent, TraceContext trace, CancellationToken cancellation)
    {
        var message = new OutgoingMessage(routeEvent, trace);
        await sqs.SendMessageAsync(
            new SendMessageRequest
            {
                QueueUrl = await _urls.OfAsync(queues.Of(routeEvent), cancellation),
                MessageBody = message.Body,
                MessageAttributes = AttributesOf(message),
                MessageSystemAttributes = SystemAttributesOf(message),
                MessageGroupId = message.GroupId,
                MessageDeduplicationId = message.DeduplicationId,
            },
            cancellation);
    }

    /// <summary>
    /// Publishes many events in as few requests as SQS allows, within the current trace. The events of one room keep their order.
    /// </summary>
    /// <exception cref="PublishException">SQS refused some entries of a batch; later batches were not sent.</exception>
    public async Task PublishAsync(IReadOnlyCollection<IRouteEvent> routeEvents, CancellationToken cancellation)
    {
        var trace = TraceContext.Current;
        var messages = routeEvents.Select(routeEvent => new OutgoingMessage(routeEvent, trace));
        foreach (var ofOneQueue in messages.GroupBy(message => queues.Of(message.RouteEvent)))
        {
            foreach (var batch in InBatches(ofOneQueue)) await SendAsync(ofOneQueue.Key, batch, cancellation);
        }
    }

    /// <summary>
    /// A message group appears once per batch. If SQS refused only the first of two messages of a room, its retry would come after the
    /// second.
    /// </summary>
    private static IEnumerable<List<OutgoingMessage>> InBatches(IEnumerable<OutgoingMessage> messages)
    {
        var batch = new List<OutgoingMessage>();
        var bytes = 0;
        foreach (var message in messages)
        {
            var fits = batch.Count < SqsLimits.MaxBatchEntries
                && bytes + message.Bytes <= SqsLimits.MaxBatchBytes
                && (message.GroupId is null || batch.TrueForAll(other => other.GroupId != message.GroupId));
            if (!fits && batch.Count > 0)
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }

            batch.Add(message);
            bytes += message.Bytes;
        }

        yield return batch;
    }

    private async Task SendAsync(string queue, List<OutgoingMessage> batch, CancellationToken cancellation)
    {
        var refused = new List<(OutgoingMessage Message, BatchResultErrorEntry Error)>();
        var unsent = batch;
        for (var attempt = 1; unsent.Count > 0; attempt++)
        {
            var request = new SendMessageBatchRequest
            {
                QueueUrl = await _urls.OfAsync(queue, cancellation),
                Entries = [.. unsent.Select(ToEntry)],
            };
            var response = await sqs.SendMessageBatchAsync(request, cancellation);
            var failed = (response.Failed ?? [])
                .Select(error => (Message: unsent[int.Parse(error.Id, null)], Error: error))
                .ToLookup(entry => entry.Error.SenderFault != true && attempt < MaxAttempts);
            refused.AddRange(failed[false]);
            unsent = [.. failed[true].Select(entry => entry.Message)];
            if (unsent.Count > 0) await Task.Delay(Backoff.After(attempt, jitter), time, cancellation);
        }

        if (refused.Count > 0) throw new PublishException(queue, refused, batch.Count);
    }

    private static SendMessageBatchRequestEntry ToEntry(OutgoingMessage message, int index) => new()
    {
        Id = $"{index}",
        MessageBody = message.Body,
        MessageAttributes = AttributesOf(message),
        MessageSystemAttributes = SystemAttributesOf(message),
        MessageGroupId = message.GroupId,
        MessageDeduplicationId = message.DeduplicationId,
    };

    private static Dictionary<string, MessageAttributeValue> AttributesOf(OutgoingMessage message) => message.Attributes.ToDictionary(
        attribute => attribute.Key,
        attribute => new MessageAttributeValue { DataType = OutgoingMessage.AttributeType, StringValue = attribute.Value });

    private static Dictionary<string, MessageSystemAttributeValue>? SystemAttributesOf(OutgoingMessage message) =>
        message.SystemAttributes.Count == 0 ? null : message.SystemAttributes.ToDictionary(
            attribute => attribute.Key,
            attribute => new MessageSystemAttributeValue { DataType = OutgoingMessage.AttributeType, StringValue = attribute.Value });
}
