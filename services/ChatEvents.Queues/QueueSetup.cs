using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// Creates a queue with its dead-letter queue where no deployment has: on a laptop and in tests. It may be repeated; attributes that
/// differ are set.
/// </summary>
public static class QueueSetup
{
    /// <summary>Receives before a message becomes a dead letter. AWS advises at least 5 for what Lambda consumes.</summary>
    public const int DefaultMaxReceiveCount = 5;

    /// <summary>SQS knows a FIFO queue by its name.</summary>
    internal const string FifoSuffix = ".fifo";

    /// <summary>
    /// The longest that SQS allows. A dead letter keeps the age that it had in its queue, so it would vanish early with less.
    /// </summary>
    private static readonly TimeSpan DeadLetterRetention = TimeSpan.FromDays(14);

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
        var attributes = new Dictionary<string, string>
        {
            [ownAttribute] = ownValue,
            [QueueAttributeName.SqsManagedSseEnabled] = "true",
        };
        if (queue.EndsWith(FifoSuffix, StringComparison.Ordinal))
        {
            attributes[QueueAttributeName.FifoQueue] = "true";
            attributes[QueueAttributeName.ContentBasedDeduplication] = "false";

            // High throughput: limits and deduplication count per room, not for the whole queue.
            attributes[QueueAttributeName.DeduplicationScope] = "messageGroup";
            attributes[QueueAttributeName.FifoThroughputLimit] = "perMessageGroupId";
        }

        try
        {
            var created = await sqs.CreateQueueAsync(new CreateQueueRequest { QueueName = queue, Attributes = attributes }, cancellation);
            return created.QueueUrl;
        }
        catch (QueueNameExistsException)
        {
            var found = await sqs.GetQueueUrlAsync(queue, cancellation);
            attributes.Remove(QueueAttributeName.FifoQueue);
            await sqs.SetQueueAttributesAsync(found.QueueUrl, attributes, cancellation);
            return found.QueueUrl;
        }
    }
}
