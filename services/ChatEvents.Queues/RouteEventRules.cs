using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>
/// By which rules a message of one queue is read as a route event: those of the worker that consumes it, and of whoever explains why
/// it became a dead letter.
/// </summary>
public sealed class RouteEventRules
{
    private readonly Dictionary<string, Action<byte[]>> _readers = [];

    /// <summary>The message types that the queue takes: values of the attribute <see cref="AttributeNames.MessageType"/>.</summary>
    public IReadOnlyCollection<string> MessageTypes => _readers.Keys;

    public RouteEventRules Add<TEvent>()
        where TEvent : class, IRouteEvent
    {
        _readers.Add(AttributeNames.MessageTypeOf<TEvent>(), static body => RouteEventJson.Read<TEvent>(body));
        return this;
    }

    /// <summary>The message's type, once its body has been read as that.</summary>
    /// <param name="queue">For the message of the exception.</param>
    /// <param name="message">As it was received.</param>
    /// <exception cref="UnreadableMessageException">Nobody consumes it from this queue, or its body is not what its type says.</exception>
    public string RequireReadable(string queue, ReceivedMessage message)
    {
        var messageType = MessageTypeOf(queue, message);
        if (!_readers.TryGetValue(messageType, out var read))
        {
            throw new UnreadableMessageException(
                $"Queue {queue} has no consumer for '{messageType}', only for {string.Join(" and ", _readers.Keys)}.");
        }

        try
        {
            read(message.Body);
            return messageType;
        }
        catch (JsonException broken)
        {
            throw new UnreadableMessageException($"The body is not the JSON of a {messageType}: {broken.Message}", broken);
        }
    }

    /// <summary>A sender that sets no attributes can still use a queue which carries only one type.</summary>
    private string MessageTypeOf(string queue, ReceivedMessage message) =>
        message.Attributes.TryGetValue(AttributeNames.MessageType, out var messageType) ? messageType
        : _readers.Count == 1 ? _readers.Keys.Single()
        : throw new UnreadableMessageException($"The message has no attribute {AttributeNames.MessageType}, which queue {queue} needs.");
}
