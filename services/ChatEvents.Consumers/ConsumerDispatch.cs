using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using MassTransit;
using MassTransit.Transports;

namespace ChatEvents.Consumers;

/// <summary>
/// Passes a received message to its MassTransit consumer, which returns or throws. No other class depends on MassTransit to consume.
/// </summary>
internal sealed class ConsumerDispatch
{
    private readonly ChatQueue _queue;
    private readonly string _name;
    private readonly Dictionary<RouteEventType, IReceiveEndpointDispatcher> _dispatchers;

    /// <param name="name">Name or URL of the queue.</param>
    /// <param name="consumers">Its consumers.</param>
    /// <param name="dispatchers">MassTransit's.</param>
    public ConsumerDispatch(string name, QueueConsumers consumers, IReceiveEndpointDispatcherFactory dispatchers)
    {
        (_queue, _name) = (consumers.Queue, name);
        _dispatchers = consumers.All.ToDictionary(consumer => consumer.Event, consumer => consumer.CreateDispatcher(dispatchers, name));
    }

    /// <summary>A <see cref="HandleMessage"/>.</summary>
    /// <exception cref="UnreadableMessageException">There is no consumer for it, or its body is not the consumer's event.</exception>
    public Task HandleAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        // MassTransit accepts an empty body as {}, and null for members that must not be null. So the body is read by our own rules first;
        // that costs about a microsecond.
        var routeEvent = RouteEventRules.RequireReadable(_queue, _name, message);
        return _dispatchers[routeEvent].Dispatch(message.Body, HeadersOf(message, routeEvent.MessageType), abandoned, message, turn);
    }

    /// <summary>Only known headers: a foreign fault address would make MassTransit send to it.</summary>
    private static Dictionary<string, object> HeadersOf(ReceivedMessage message, string messageType) => new()
    {
        [MessageHeaders.MessageId] = message.MessageId,
        [AttributeNames.MessageType] = messageType,
        ["ApproximateReceiveCount"] = message.ReceiveCount.ToString(CultureInfo.InvariantCulture),
    };
}
