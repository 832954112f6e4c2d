using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>A route event as SQS takes it, by whatever client: the route functions have one of their own.</summary>
public sealed class OutgoingMessage
{
    /// <summary>Of all attributes.</summary>
    public const string AttributeType = "String";

    private readonly Dictionary<string, string> _attributes = [];
    private readonly Dictionary<string, string> _systemAttributes = [];

    public OutgoingMessage(IRouteEvent routeEvent, TraceContext trace)
    {
        RouteEvent = routeEvent;
        Body = RouteEventJson.Write(routeEvent);
        _attributes[AttributeNames.MessageType] = AttributeNames.MessageTypeOf(routeEvent.GetType());
        if (trace.TraceParent is not null) _attributes[AttributeNames.TraceParent] = trace.TraceParent;
        if (trace.XRayHeader is not null) _systemAttributes["AWSTraceHeader"] = trace.XRayHeader;

        (GroupId, DeduplicationId) = OrderOf(routeEvent);
    }

    public IRouteEvent RouteEvent { get; }

    public string Body { get; }

    public IReadOnlyDictionary<string, string> Attributes => _attributes;

    /// <summary>Attributes that mean something to SQS itself.</summary>
    public IReadOnlyDictionary<string, string> SystemAttributes => _systemAttributes;

    public string? GroupId { get; }

    public string? DeduplicationId { get; }

    /// <summary>As SQS counts it: body and the names, types and values of the attributes.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Body) + Attributes.Sum(attribute =>
        Encoding.UTF8.GetByteCount(attribute.Key) + Encoding.UTF8.GetByteCount(AttributeType + attribute.Value));

    /// <summary>What a FIFO queue wants to know: within what the order counts, and what tells a repeat.</summary>
    private static (string? GroupId, string? DeduplicationId) OrderOf(IRouteEvent routeEvent) => routeEvent switch
    {
        // The message id, unique per frame, lets SQS drop the repeat when a send is retried whose first answer was lost.
        MessagePosted posted => (posted.Room, posted.MessageId),

        // The same gap is reported again when its cause is redelivered.
        MessagesMissed missed => (missed.ConnectionId, $"{missed.ConnectionId}:{missed.Room}:{missed.Since.ToUnixTimeMilliseconds()}"),

        // Each walk gives its messages positions of their own, so that what a later walk asks for is no repeat.
        MessagesDelayed delayed => (delayed.ConnectionId, $"{delayed.ConnectionId}:{delayed.Positions[0]}"),
        WalkDivided divided => (RegistryTables.RoomShardOf(divided.Room, divided.Shard), $"{divided.Shard}:{divided.Positions[0]}"),
        _ => (null, null),
    };
}
