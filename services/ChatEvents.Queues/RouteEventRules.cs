using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>
/// How a message of a queue is read as a route event: by the worker that consumes it, and by the operator's tool, which explains why it
/// became a dead letter.
/// </summary>
public static class RouteEventRules
{
    /// <summary>Reads the message as the event of its type.</summary>
    /// <param name="queue">The queue that the message comes from.</param>
    /// <param name="name">Name or URL of that queue, for the exception.</param>
    /// <param name="message">As it was received.</param>
    /// <param name="now">The reader's clock.</param>
    /// <exception cref="UnreadableMessageException">
    /// The queue does not carry this type, or the body is not of this type, or it makes no sense.
    /// </exception>
    public static (RouteEventType Type, IRouteEvent Event) RequireReadable(
        ChatQueue queue, string name, ReceivedMessage message, DateTimeOffset now)
    {
        var routeEvent = TypeOf(RouteEventTable.On(queue), name, message);
        try
        {
            return (routeEvent, routeEvent.Read(message.Body, now));
        }
        catch (JsonException broken)
        {
            throw new UnreadableMessageException($"The body is not the JSON of a {routeEvent.MessageType}: {broken.Message}", broken);
        }
    }

    /// <summary>A sender that sets no attributes can still use a queue that carries only one event, or has one for such messages.</summary>
    private static RouteEventType TypeOf(IReadOnlyList<RouteEventType> events, string name, ReceivedMessage message)
    {
        if (message.Attributes.TryGetValue(AttributeNames.MessageType, out var messageType))
        {
            return events.FirstOrDefault(known => known.MessageType == messageType) ?? throw new UnreadableMessageException(
                $"Queue {name} has no consumer for '{messageType}', only for {string.Join(" and ", events.Select(known => known.MessageType))}.");
        }

        return events.FirstOrDefault(known => known.TakesUntyped || events.Count == 1)
            ?? throw new UnreadableMessageException($"The message has no attribute {AttributeNames.MessageType}, which queue {name} needs.");
    }
}
