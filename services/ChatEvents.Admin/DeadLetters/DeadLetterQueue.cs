using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Admin.DeadLetters;

/// <summary>
/// The dead letters of one queue. Messages can only be seen by receiving them, so the tool receives them all, one request after the other,
/// and returns them at the end. SQS delivers only one request's worth of a room (message group) until those are deleted: the messages after
/// them are counted but cannot be shown.
/// </summary>
internal sealed class DeadLetterQueue(
    IAmazonSQS sqs, ChatQueue kind, string queue, string url, string sourceUrl, TimeProvider time)
{
    private const int MaxPerRequest = 10;

    /// <summary>How long a message may be in hand. If the tool is killed, it becomes visible again after this time.</summary>
    private static readonly TimeSpan InHand = TimeSpan.FromMinutes(2);

    /// <summary>A receive that does not wait asks only some of SQS's servers, and may miss messages.</summary>
    private static readonly TimeSpan ReceiveWait = TimeSpan.FromSeconds(1);

    /// <summary>Finds the dead-letter queue by the redrive policy of the queue, whatever its name.</summary>
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

    /// <summary>Approximate number, including messages that are in flight.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        var counts = await sqs.GetQueueAttributesAsync(
            url,
            [QueueAttributeName.ApproximateNumberOfMessages, QueueAttributeName.ApproximateNumberOfMessagesNotVisible],
            cancellation);
        return counts.Attributes.Values.Sum(count => int.Parse(count, CultureInfo.InvariantCulture));
    }

    /// <summary>The visible dead letters, all of which stay in the queue.</summary>
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
    /// Moves dead letters back to their queue. Each is first sent, then deleted, so that none is lost when this ends early. One that was
    /// sent but not deleted would be sent again the next time; consumers tolerate repeats.
    /// </summary>
    /// <param name="ids">The messages to move; null for all.</param>
    /// <param name="cancellation">Stops between two messages.</param>
    /// <returns>The ids of the moved messages.</returns>
    public async Task<IReadOnlyList<string>> MoveBackAsync(IReadOnlySet<string>? ids, CancellationToken cancellation)
    {
        var moved = new List<string>();
        var sentAgain = new HashSet<string>(StringComparer.Ordinal);
        var inHand = new Dictionary<string, Message>(StringComparer.Ordinal);
        try
        {
            await foreach (var message in TakeAllAsync(inHand, cancellation))
            {
                // A message that fails at once comes back while this is still running. Moving it again would never end.
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

    /// <summary>Receives messages until there is no new one.</summary>
    private async IAsyncEnumerable<Message> TakeAllAsync(
        Dictionary<string, Message> inHand, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isNew = true;
        while (isNew)
        {
            // Not cancelled, because SQS would hide messages that it has begun to deliver. It takes at most a second.
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

            // All are in hand before the first is returned to the caller, so that all are given back in any case. Messages in hand for too
            // long are received again, which also ends the loop; only their newest receipt is valid.
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
            RouteEventRules.RequireReadable(kind, queue, message, time.GetUtcNow());
            return null;
        }
        catch (UnreadableMessageException unreadable)
        {
            return unreadable.Message;
        }
    }

    /// <summary>
    /// Sends everything that the message had, except its deduplication id: SQS accepts and drops messages with an id of the last five
    /// minutes, so the message would be lost. Its SQS message id is just as unique, and the same if the move is repeated.
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

    /// <summary>Makes the messages in hand visible again. If that fails, they become visible later anyway.</summary>
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
