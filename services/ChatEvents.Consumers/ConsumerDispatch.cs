using System.Globalization;
using System.Text;
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
    private readonly TimeProvider _time;
    private readonly Dictionary<RouteEventType, IReceiveEndpointDispatcher> _dispatchers;

    /// <param name="name">Name or URL of the queue.</param>
    /// <param name="consumers">Its consumers.</param>
    /// <param name="dispatchers">MassTransit's.</param>
    /// <param name="time">The clock by which events make sense.</param>
    public ConsumerDispatch(string name, QueueConsumers consumers, IReceiveEndpointDispatcherFactory dispatchers, TimeProvider time)
    {
        (_queue, _name, _time) = (consumers.Queue, name, time);
        _dispatchers = consumers.All.ToDictionary(consumer => consumer.Event, consumer => consumer.CreateDispatcher(dispatchers, name));
    }

    /// <summary>A <see cref="HandleMessage"/>.</summary>
    /// <exception cref="UnreadableMessageException">There is no consumer for it, or its body is not the consumer's event.</exception>
    public Task HandleAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        // MassTransit accepts an empty body as {}, null for members that must not be null, and members in any case. So the body is read by
        // our own rules, and MassTransit gets what they have read; that costs some microseconds.
        var (type, routeEvent) = RouteEventRules.RequireReadable(_queue, _name, message, _time.GetUtcNow());
        return _dispatchers[type].Dispatch(
            Encoding.UTF8.GetBytes(type.Write(routeEvent)), HeadersOf(message, type.MessageType), abandoned, message, turn);
    }

    /// <summary>Only known headers: a foreign fault address would make MassTransit send to it.</summary>
    private static Dictionary<string, object> HeadersOf(ReceivedMessage message, string messageType) => new()
    {
        [MessageHeaders.MessageId] = message.MessageId,
        [AttributeNames.MessageType] = messageType,
        ["ApproximateReceiveCount"] = message.ReceiveCount.ToString(CultureInfo.InvariantCulture),
    };
}
