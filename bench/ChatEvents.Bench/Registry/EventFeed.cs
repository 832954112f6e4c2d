using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Bench.Registry;

/// <summary>Puts events on the queue of connections, at a rate or all at once, and sees how many wait there.</summary>
internal sealed class EventFeed(RouteEventPublisher publisher, IAmazonSQS sqs)
{
    private const int PerRequest = 10;

    /// <summary>Requests under way at most; so many that the rate is kept although SQS takes some milliseconds.</summary>
    private const int RequestsAtOnce = 16;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends so many events a second; what one tick was late, the next makes up for.</summary>
    /// <returns>How many were sent.</returns>
    public async Task<int> OfferAsync(int perSecond, int seconds, Func<int, IRouteEvent> eventOf)
    {
        using var underWay = new SemaphoreSlim(RequestsAtOnce);
        var requests = new List<Task>();
        var sent = 0;
        var begunAt = TimeProvider.System.GetTimestamp();
        using var tick = new PeriodicTimer(Tick, TimeProvider.System);
        while (sent < perSecond * seconds)
        {
            await tick.WaitForNextTickAsync();
            var due = Math.Min(perSecond * TimeProvider.System.GetElapsedTime(begunAt).TotalSeconds, perSecond * seconds);
            for (; sent + PerRequest <= due; sent += PerRequest)
            {
                await underWay.WaitAsync();
                requests.Add(SendAsync(sent));
            }
        }

        await Task.WhenAll(requests);
        return sent;

        async Task SendAsync(int first)
        {
            await publisher.PublishAsync([.. Enumerable.Range(first, PerRequest).Select(eventOf)], CancellationToken.None);
            underWay.Release();
        }
    }

    /// <summary>Sends events as fast as the queue takes them.</summary>
    public async Task<int> SendAsync(int count, Func<int, IRouteEvent> eventOf)
    {
        await Measure.ForEachAsync(count / PerRequest, RequestsAtOnce, request => publisher.PublishAsync(
            [.. Enumerable.Range(request * PerRequest, PerRequest).Select(eventOf)], CancellationToken.None));
        return count / PerRequest * PerRequest;
    }

    /// <summary>How many events are on the queue or in the worker's hand.</summary>
    public async Task<int> CountWaitingAsync()
    {
        var queue = await sqs.GetQueueUrlAsync(QueueNames.Connections);
        var attributes = await sqs.GetQueueAttributesAsync(new GetQueueAttributesRequest
        {
            QueueUrl = queue.QueueUrl,
            AttributeNames = [QueueAttributeName.ApproximateNumberOfMessages, QueueAttributeName.ApproximateNumberOfMessagesNotVisible],
        });
        return attributes.Attributes.Values.Sum(number => int.Parse(number, CultureInfo.InvariantCulture));
    }

    public async Task UntilHandledAsync()
    {
        while (await CountWaitingAsync() > 0) await Task.Delay(Poll, TimeProvider.System);
    }
}
