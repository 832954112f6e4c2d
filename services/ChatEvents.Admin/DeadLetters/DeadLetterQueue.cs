using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Admin.DeadLetters;

/// <summary>
/// The dead letters of one queue. SQS shows a message only by handing it out, so whoever looks takes them all, one request after the
/// other, and gives them back at the end. Of a room (message group) SQS hands out no more than one request's worth until those are
/// gone: what waits behind is counted but cannot be shown.
/// </summary>
internal sealed class DeadLetterQueue(
    IAmazonSQS sqs, ChatQueue kind, string queue, string url, string sourceUrl, TimeProvider time)
{
    private const int MaxPerRequest = 10;

    /// <summary>For how long a message may be in hand. Were the tool killed, it would be seen again after this.</summary>
    private static readonly TimeSpan InHand = TimeSpan.FromMinutes(2);

    /// <summary>A receive that does not wait asks only some of SQS's servers, and may find nothing where there is something.</summary>
    private static readonly TimeSpan ReceiveWait = TimeSpan.FromSeconds(1);

    /// <summary>Finds the dead letters of a queue by the queue's own redrive policy, whatever they are called.</summary>
    /// <exception cref="AdminException">The queue has none.</exception>
    public static async Task<DeadLetterQueue> OpenAsync(
        IAmazonSQS sqs, ChatQueue kind, string queue, TimeProvider time, CancellationToken cancellation)
    {
        var urls = new QueueUrls(sqs);
        var source = await urls.OfAsync(queue, cancellation);
        var attributes = await sqs.GetQueueAttributesAsync(source, [QueueAttributeName.RedrivePolicy], cancellation);
        if (attributes.Attributes?.GetValueOrDefault(QueueAttributeName.RedrivePolicy) is not { Length: > 0 } policy)
            throw new AdminException($"Queue {queue} has no redrive policy, so it has no dead letters.");

        using var redrive = JsonDocument.Parse(policy);
        var arn = redrive.RootElement.GetProperty("deadLetterTargetArn").GetString()!;
        var deadLetters = await urls.OfAsync(arn[(arn.LastIndexOf(':') + 1)..], cancellation);
        return new(sqs, kind, queue, deadLetters, source, time);
    }

    /// <summary>About how many there are, those in somebody's hand included.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        var counts = await sqs.GetQueueAttributesAsync(
            url,
            [QueueAttributeName.ApproximateNumberOfMessages, QueueAttributeName.ApproximateNumberOfMessagesNotVisible],
            cancellation);
        return counts.Attributes.Values.Sum(count => int.Parse(count, CultureInfo.InvariantCulture));
    }

    /// <summary>The dead letters that can be seen, each of which stays where it is.</summary>
    public async IAsyncEnumerable<DeadLetter> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var inHand = new Dictionary<string, Message>(StringComparer.Ordinal);
        try
        {
            await foreach (var message in TakeAllAsync(inHand, cancellation)) yield return Describe(message);
        }
        finally
        {
            await GiveBackAsync(inHand.Values);
        }
    }

    /// <summary>
    /// Moves dead letters back to their queue: first sent, then deleted, so that none is lost whenever this ends. What was sent and not
    /// deleted would be sent again the next time; consumers bear a repeat.
    /// </summary>
    /// <param name="ids">Which ones; null for all.</param>
    /// <param name="cancellation">Ends it between two messages.</param>
    /// <returns>The ids of those that were moved.</returns>
    public async Task<IReadOnlyList<string>> MoveBackAsync(IReadOnlySet<string>? ids, CancellationToken cancellation)
    {
        var moved = new List<string>();
        var sentAgain = new HashSet<string>(StringComparer.Ordinal);
        var inHand = new Dictionary<string, Message>(StringComparer.Ordinal);
        try
        {
            await foreach (var message in TakeAllAsync(inHand, cancellation))
            {
                // One that fails at once comes round while this is still at work; moving it again would never end.
                if (ids?.Contains(message.MessageId) == false || sentAgain.Contains(message.MessageId)) continue;

                sentAgain.Add(await SendAgainAsync(message, cancellation));
                await DeleteAsync(message);
                inHand.Remove(message.MessageId);
                moved.Add(message.MessageId);
                if (moved.Count == ids?.Count) break;
            }
        }
        finally
        {
            await GiveBackAsync(inHand.Values);
        }

        return moved;
    }

    /// <summary>Takes message after message in hand until there is no other one.</summary>
    private async IAsyncEnumerable<Message> TakeAllAsync(
        Dictionary<string, Message> inHand, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isNew = true;
        while (isNew)
        {
            // Not cancelled: SQS would hide what it had begun to hand out. It takes a second at most.
            cancellation.ThrowIfCancellationRequested();
            var received = await sqs.ReceiveMessageAsync(
                new ReceiveMessageRequest
                {
                    QueueUrl = url,
                    MaxNumberOfMessages = MaxPerRequest,
                    WaitTimeSeconds = (int)ReceiveWait.TotalSeconds,
                    VisibilityTimeout = (int)InHand.TotalSeconds,
                    MessageSystemAttributeNames = [MessageSystemAttributeName.All],
                    MessageAttributeNames = ["All"],
                },
                CancellationToken.None);

            // All of them before the first is looked at: whatever happens then, they are given back. Those in hand for too long come
            // round again, which is the end too; only their newest receipt counts.
            var messages = received.Messages ?? [];
            var others = messages.Where(message => !inHand.ContainsKey(message.MessageId)).ToList();
            foreach (var message in messages) inHand[message.MessageId] = message;
            foreach (var message in others)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return message;
            }

            isNew = others.Count > 0;
        }
    }

    private DeadLetter Describe(Message message)
    {
        var received = ReceivedMessage.From(message);
        var messageType = received.Attributes.GetValueOrDefault(AttributeNames.MessageType);
        var problem = FindProblem(received);
        return new(
            queue,
            received.MessageId,
            messageType?[(messageType.LastIndexOf(':') + 1)..],
            received.GroupId,
            received.SentAt,
            time.GetUtcNow() - received.SentAt,
            received.ReceiveCount,
            problem ?? "It can be read, but its consumer failed each time: the worker's log says why.",
            IsReadable: problem is null,
            message.Body);
    }

    private string? FindProblem(ReceivedMessage message)
    {
        try
        {
            RouteEventRules.RequireReadable(kind, queue, message);
            return null;
        }
        catch (UnreadableMessageException unreadable)
        {
            return unreadable.Message;
        }
    }

    /// <summary>
    /// All that the message carried, but for its deduplication id: SQS accepts and drops what repeats an id of the last five minutes,
    /// and the message would be lost. Its own id is as unique, and the same if this has to be done again.
    /// </summary>
    private async Task<string> SendAgainAsync(Message message, CancellationToken cancellation)
    {
        var group = message.Attributes?.GetValueOrDefault(MessageSystemAttributeName.MessageGroupId);
        var trace = message.Attributes?.GetValueOrDefault(MessageSystemAttributeName.AWSTraceHeader);
        var isFifo = sourceUrl.EndsWith(".fifo", StringComparison.Ordinal);
        var sent = await sqs.SendMessageAsync(
            new SendMessageRequest
            {
                QueueUrl = sourceUrl,
                MessageBody = message.Body,
                MessageAttributes = message.MessageAttributes,
                MessageSystemAttributes = trace is null
                    ? null
                    : new() { [MessageSystemAttributeNameForSends.AWSTraceHeader] = new() { DataType = "String", StringValue = trace } },
                MessageGroupId = group,
                MessageDeduplicationId = isFifo ? message.MessageId : null,
            },
            cancellation);
        return sent.MessageId;
    }

    private async Task DeleteAsync(Message message)
    {
        try
        {
            await sqs.DeleteMessageAsync(url, message.ReceiptHandle, CancellationToken.None);
        }
        catch (AmazonSQSException failure)
        {
            throw new AdminException(
                $"{message.MessageId} is on queue {queue} again, but could not be deleted here ({failure.Message}): it must not be moved twice.",
                failure);
        }
    }

    /// <summary>Makes visible again what is in hand. Not urgent: what cannot be given back becomes visible after a while anyway.</summary>
    private async Task GiveBackAsync(IEnumerable<Message> messages)
    {
        foreach (var batch in messages.Chunk(MaxPerRequest))
        {
            await sqs.ChangeMessageVisibilityBatchAsync(
                url,
                [
                    .. batch.Select((message, index) => new ChangeMessageVisibilityBatchRequestEntry($"{index}", message.ReceiptHandle)
                    {
                        VisibilityTimeout = 0,
                    }),
                ],
                CancellationToken.None);
        }
    }
}
