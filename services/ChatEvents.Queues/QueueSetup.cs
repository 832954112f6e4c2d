using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>
/// Creates a queue with its dead-letter queue where no deployment does: on a laptop and in tests. Can be repeated; it then sets attributes
/// that differ.
/// </summary>
public static class QueueSetup
{
    /// <summary>SQS recognizes a FIFO queue by its name.</summary>
    internal const string FifoSuffix = ".fifo";

    /// <summary>The maximum of SQS. A dead letter keeps the age that it had in its queue, so with less it would expire early.</summary>
    private static readonly TimeSpan DeadLetterRetention = TimeSpan.FromDays(14);

    /// <summary>Creates missing queues of the chat, and their dead-letter queues with default names.</summary>
    public static async Task EnsureQueuesAsync(IAmazonSQS sqs, RouteEventQueues queues, CancellationToken cancellation)
    {
        foreach (var queue in ChatQueue.All)
            await EnsureQueueAsync(sqs, queues.Of(queue), queue.DeadLetters, queue.MaxReceives, cancellation);
    }

    /// <summary>Creates what is missing and returns the queue's URL.</summary>
    public static async Task<string> EnsureQueueAsync(
        IAmazonSQS sqs, string queue, string deadLetters, int maxReceiveCount, CancellationToken cancellation)
    {
        var deadLettersUrl = await EnsureAsync(
            sqs, deadLetters, QueueAttributeName.MessageRetentionPeriod, $"{(int)DeadLetterRetention.TotalSeconds}", cancellation);
        var arn = await sqs.GetQueueAttributesAsync(deadLettersUrl, [QueueAttributeName.QueueArn], cancellation);
        return await EnsureAsync(
            sqs,
            queue,
            QueueAttributeName.RedrivePolicy,
            $$"""{"deadLetterTargetArn":"{{arn.Attributes[QueueAttributeName.QueueArn]}}","maxReceiveCount":{{maxReceiveCount}}}""",
            cancellation);
    }

    private static async Task<string> EnsureAsync(
        IAmazonSQS sqs, string queue, QueueAttributeName ownAttribute, string ownValue, CancellationToken cancellation)
    {
        var needed = new Dictionary<string, string> { [ownAttribute] = ownValue };
        var wished = new Dictionary<string, string> { [QueueAttributeName.SqsManagedSseEnabled] = "true" };
        if (queue.EndsWith(FifoSuffix, StringComparison.Ordinal))
        {
            needed[QueueAttributeName.FifoQueue] = "true";
            needed[QueueAttributeName.ContentBasedDeduplication] = "false";

            // High throughput: limits and deduplication count per room, not for the whole queue.
            wished[QueueAttributeName.DeduplicationScope] = "messageGroup";
            wished[QueueAttributeName.FifoThroughputLimit] = "perMessageGroupId";
        }

        try
        {
            return await CreateAsync(new(needed.Concat(wished)));
        }
        catch (AmazonSQSException failure) when (failure.IsUnknownAttribute())
        {
            // Not every SQS-compatible server has encryption or high throughput. A laptop needs neither.
            return await CreateAsync(needed);
        }
        catch (AmazonSQSException failure) when (failure.IsNameTaken())
        {
            // Only the attribute whose number may have changed; the others never change, and some servers do not allow setting them.
            var found = await sqs.GetQueueUrlAsync(queue, cancellation);
            await sqs.SetQueueAttributesAsync(found.QueueUrl, new Dictionary<string, string> { [ownAttribute] = ownValue }, cancellation);
            return found.QueueUrl;
        }

        async Task<string> CreateAsync(Dictionary<string, string> attributes) =>
            (await sqs.CreateQueueAsync(new CreateQueueRequest { QueueName = queue, Attributes = attributes }, cancellation)).QueueUrl;
    }
}
