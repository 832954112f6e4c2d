using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Sending;

/// <summary>
/// Puts route events on their queues, one by one, as <c>RouteEventPublisher</c> does for workers. When it returns, the event is on
/// the queue. A send is repeated if its answer is lost; a FIFO queue drops the repeat, and the registry tolerates it.
/// SQS answers with digests of what it stored. They are not checked: the signature covers the body, so SQS refuses one that changed on its way.
/// </summary>
internal sealed class RouteEventSender(AwsClient sqs, RouteEventQueues queues)
{
    private readonly Dictionary<string, string> _urls = [];

    /// <exception cref="AwsCallException">The event is not on its queue, as far as we know.</exception>
    public async Task SendAsync(IRouteEvent routeEvent, TraceContext trace, CancellationToken answering)
    {
        var message = new OutgoingMessage(routeEvent, trace);
        var url = await UrlOfAsync(queues.Of(routeEvent), answering);
        using var answer = await sqs.CallAsync("AmazonSQS.SendMessage", json => Write(json, url, message), answering);
    }

    /// <summary>A URL must not be built by hand, because its form differs by server. A deployment that gives URLs saves the look-up.</summary>
    private async ValueTask<string> UrlOfAsync(string queue, CancellationToken answering)
    {
        if (queue.StartsWith("https://", StringComparison.Ordinal) || queue.StartsWith("http://", StringComparison.Ordinal))
        {
            return queue;
        }

        if (!_urls.TryGetValue(queue, out var url))
        {
            using var answer = await sqs.CallAsync("AmazonSQS.GetQueueUrl", json => json.WriteString("QueueName", queue), answering);
            _urls[queue] = url = answer.RootElement.GetProperty("QueueUrl").GetString()!;
        }

        return url;
    }

    private static void Write(Utf8JsonWriter json, string url, OutgoingMessage message)
    {
        json.WriteString("QueueUrl", url);
        json.WriteString("MessageBody", message.Body);
        WriteAttributes(json, "MessageAttributes", message.Attributes);
        WriteAttributes(json, "MessageSystemAttributes", message.SystemAttributes);
        if (message.GroupId is not null)
        {
            json.WriteString("MessageGroupId", message.GroupId);
            json.WriteString("MessageDeduplicationId", message.DeduplicationId);
        }
    }

    private static void WriteAttributes(Utf8JsonWriter json, string member, IReadOnlyDictionary<string, string> attributes)
    {
        if (attributes.Count == 0)
        {
            return;
        }

        json.WriteStartObject(member);
        foreach (var (name, value) in attributes)
        {
            json.WriteStartObject(name);
            json.WriteString("DataType", OutgoingMessage.AttributeType);
            json.WriteString("StringValue", value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
