using System.Globalization;
using System.Text.Json;
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
    private readonly Dictionary<string, (QueueConsumers.Consumer Consumer, IReceiveEndpointDispatcher Dispatcher)> _byMessageType;

    public ConsumerDispatch(string queue, QueueConsumers consumers, IReceiveEndpointDispatcherFactory dispatchers)
    {
        _queue = queue;
        _byMessageType = consumers.All.ToDictionary(
            consumer => consumer.MessageType, consumer => (consumer, consumer.CreateDispatcher(dispatchers, queue)));
    }

    /// <summary>A <see cref="HandleMessage"/>.</summary>
    /// <exception cref="UnreadableMessageException">There is no consumer for it, or its body is not what the consumer takes.</exception>
    public Task HandleAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        var messageType = MessageTypeOf(message);
        if (!_byMessageType.TryGetValue(messageType, out var chosen))
        {
            throw new UnreadableMessageException(
                $"Queue {_queue} has no consumer for '{messageType}', only for {string.Join(" and ", _byMessageType.Keys)}.");
        }

        ThrowIfUnreadable(chosen.Consumer, message.Body);
        return chosen.Dispatcher.Dispatch(message.Body, HeadersOf(message, messageType), abandoned, message, turn);
    }

    /// <summary>A sender that sets no attributes can still use a queue which carries only one type.</summary>
    private string MessageTypeOf(ReceivedMessage message) =>
        message.Attributes.TryGetValue(AttributeNames.MessageType, out var messageType) ? messageType
        : _byMessageType.Count == 1 ? _byMessageType.Keys.Single()
        : throw new UnreadableMessageException($"The message has no attribute {AttributeNames.MessageType}, which queue {_queue} needs.");

    /// <summary>
    /// MassTransit takes an empty body for <c>{}</c>, and null for a member that must not be null. So the body is read by the rules of
    /// the contract first; a second reading costs about a microsecond.
    /// </summary>
    private static void ThrowIfUnreadable(QueueConsumers.Consumer consumer, byte[] body)
    {
        try
        {
            consumer.Read(body);
        }
        catch (JsonException broken)
        {
            throw new UnreadableMessageException($"The body is not the JSON of a {consumer.MessageType}: {broken.Message}", broken);
        }
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
