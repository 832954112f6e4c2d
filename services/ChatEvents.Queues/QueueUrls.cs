using System.Collections.Concurrent;
using Amazon.SQS;

namespace ChatEvents.Queues;

/// <summary>
/// The URL of a queue by its name, asked once: a URL must not be built by hand, its form differs by server. A look-up that failed is
/// not remembered; a few at once at the start do no harm, so nothing waits for another caller's look-up (or its cancellation).
/// </summary>
public sealed class QueueUrls(IAmazonSQS sqs)
{
    private readonly ConcurrentDictionary<string, string> _urls = new();

    /// <param name="queue">A name, or a URL, which is returned as it is.</param>
    /// <param name="cancellation">Ends the look-up of this caller.</param>
    public async ValueTask<string> OfAsync(string queue, CancellationToken cancellation)
    {
        if (queue.StartsWith("https://", StringComparison.Ordinal) || queue.StartsWith("http://", StringComparison.Ordinal)) return queue;
        if (_urls.TryGetValue(queue, out var known)) return known;
        var found = await sqs.GetQueueUrlAsync(queue, cancellation);
        return _urls.GetOrAdd(queue, found.QueueUrl);
    }
}
