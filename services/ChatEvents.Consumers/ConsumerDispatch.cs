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
    private readonly string _queue;
    private readonly RouteEventRules _rules;
    private readonly Dictionary<string, IReceiveEndpointDispatcher> _dispatchers;

    public ConsumerDispatch(string queue, QueueConsumers consumers, IReceiveEndpointDispatcherFactory dispatchers)
    {
        _queue = queue;
        _rules = consumers.Rules;
        _dispatchers = consumers.All.ToDictionary(
            consumer => consumer.MessageType, consumer => consumer.CreateDispatcher(dispatchers, queue));
    }

    /// <summary>A <see cref="HandleMessage"/>.</summary>
    /// <exception cref="UnreadableMessageException">There is no consumer for it, or its body is not what the consumer takes.</exception>
    public Task HandleAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        // MassTransit takes an empty body for {}, and null for a member that must not be null. So the body is read by the rules of the
        // contract first; a second reading costs about a microsecond.
        var messageType = _rules.RequireReadable(_queue, message);
        return _dispatchers[messageType].Dispatch(message.Body, HeadersOf(message, messageType), abandoned, message, turn);
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
