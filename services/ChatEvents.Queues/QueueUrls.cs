using System.Collections.Concurrent;
using Amazon.SQS;

namespace ChatEvents.Queues;

/// <summary>
/// Looks up the URL of a queue by its name, once. A URL must not be built by hand, because its form differs by server. Failed look-ups are
/// not cached. A few parallel look-ups at the start do no harm, so no caller waits for another caller's look-up or its cancellation.
/// </summary>
public sealed class QueueUrls(IAmazonSQS sqs)
{
    private readonly ConcurrentDictionary<string, string> _urls = new();

    /// <param name="queue">A name, or a URL, which is returned unchanged.</param>
    /// <param name="cancellation">Cancels the look-up of this caller.</param>
    public async ValueTask<string> OfAsync(string queue, CancellationToken cancellation)
    {
        if (queue.StartsWith("https://", StringComparison.Ordinal) || queue.StartsWith("http://", StringComparison.Ordinal)) return queue;
        if (_urls.TryGetValue(queue, out var known)) return known;
        var found = await sqs.GetQueueUrlAsync(queue, cancellation);
        return _urls.GetOrAdd(queue, found.QueueUrl);
    }
}
