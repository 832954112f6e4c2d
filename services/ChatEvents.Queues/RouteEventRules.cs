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
    private string? _untyped;

    /// <summary>The message types that the queue takes: values of the attribute <see cref="AttributeNames.MessageType"/>.</summary>
    public IReadOnlyCollection<string> MessageTypes => _readers.Keys;

    /// <param name="takesUntyped">
    /// Whether a message without the attribute is taken for this event, so that a person can send one by hand. At most one of a queue.
    /// </param>
    public RouteEventRules Add<TEvent>(bool takesUntyped = false)
        where TEvent : class, IRouteEvent
    {
        var messageType = AttributeNames.MessageTypeOf<TEvent>();
        _readers.Add(messageType, static body => RouteEventJson.Read<TEvent>(body));
        if (takesUntyped) _untyped = messageType;
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

    /// <summary>A sender that sets no attributes can still use a queue which carries only one type, or has one for such messages.</summary>
    private string MessageTypeOf(string queue, ReceivedMessage message) =>
        message.Attributes.TryGetValue(AttributeNames.MessageType, out var messageType) ? messageType
        : _untyped is not null ? _untyped
        : _readers.Count == 1 ? _readers.Keys.Single()
        : throw new UnreadableMessageException($"The message has no attribute {AttributeNames.MessageType}, which queue {queue} needs.");
}
