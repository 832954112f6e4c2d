using System.Text;

namespace ChatEvents.Contracts;

/// <summary>A route event in the form that SQS expects, for any client. The route functions have a client of their own.</summary>
public sealed class OutgoingMessage
{
    /// <summary>Data type of all attributes.</summary>
    public const string AttributeType = "String";

    private readonly Dictionary<string, string> _attributes = [];
    private readonly Dictionary<string, string> _systemAttributes = [];

    public OutgoingMessage(IRouteEvent routeEvent, TraceContext trace)
    {
        RouteEvent = routeEvent;
        var type = RouteEventTable.Of(routeEvent.GetType());
        Body = type.Write(routeEvent);
        (GroupId, DeduplicationId) = type.OrderOf(routeEvent);
        _attributes[AttributeNames.MessageType] = type.MessageType;
        if (trace.TraceParent is not null) _attributes[AttributeNames.TraceParent] = trace.TraceParent;
        if (trace.XRayHeader is not null) _systemAttributes["AWSTraceHeader"] = trace.XRayHeader;
    }

    public IRouteEvent RouteEvent { get; }

    public string Body { get; }

    public IReadOnlyDictionary<string, string> Attributes => _attributes;

    /// <summary>System attributes, which SQS itself interprets.</summary>
    public IReadOnlyDictionary<string, string> SystemAttributes => _systemAttributes;

    public string? GroupId { get; }

    public string? DeduplicationId { get; }

    /// <summary>Size as SQS counts it: the body, and the names, types and values of the attributes.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Body) + Attributes.Sum(attribute =>
        Encoding.UTF8.GetByteCount(attribute.Key) + Encoding.UTF8.GetByteCount(AttributeType + attribute.Value));
}
