using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using MassTransit;
using MassTransit.Transports;

namespace ChatEvents.Consumers;

/// <summary>
/// Hands a received message to its MassTransit consumer: bytes and headers in, done or an exception out. Nothing else here knows that
/// the consumers are MassTransit's.
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
    /// <exception cref="UnreadableMessageException">There is no consumer for it, or its body is not what the consumer takes.</exception>
    public Task HandleAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        // MassTransit takes an empty body for {}, and null for a member that must not be null. So the body is read by the rules of the
        // contract first; a second reading costs about a microsecond.
        var routeEvent = RouteEventRules.RequireReadable(_queue, _name, message);
        return _dispatchers[routeEvent].Dispatch(message.Body, HeadersOf(message, routeEvent.MessageType), abandoned, message, turn);
    }

    /// <summary>
    /// Only headers that are known: an address for faults among foreign ones would make MassTransit send to it.
    /// </summary>
    private static Dictionary<string, object> HeadersOf(ReceivedMessage message, string messageType) => new()
    {
        [MessageHeaders.MessageId] = message.MessageId,
        [AttributeNames.MessageType] = messageType,
        ["ApproximateReceiveCount"] = message.ReceiveCount.ToString(CultureInfo.InvariantCulture),
    };
}
