using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>A route event as SQS takes it.</summary>
internal sealed class OutgoingMessage
{
    public OutgoingMessage(IRouteEvent routeEvent, TraceContext trace)
    {
        RouteEvent = routeEvent;
        Body = RouteEventJson.Write(routeEvent);
        Attributes[AttributeNames.MessageType] = Text(AttributeNames.MessageTypeOf(routeEvent.GetType()));
        if (trace.TraceParent is not null) Attributes[AttributeNames.TraceParent] = Text(trace.TraceParent);
        if (trace.XRayHeader is not null)
        {
            SystemAttributes = new()
            {
                [MessageSystemAttributeNameForSends.AWSTraceHeader] = new() { DataType = "String", StringValue = trace.XRayHeader },
            };
        }

        // The message id, unique per frame, lets SQS drop the repeat when a send is retried whose first answer was lost.
        if (routeEvent is MessagePosted posted) (GroupId, DeduplicationId) = (posted.Room, posted.MessageId);

        // A group that no room can be: who catches up keeps nobody waiting. The same gap is reported again when its cause is redelivered.
        if (routeEvent is MessagesMissed missed)
            (GroupId, DeduplicationId) = ($"missed:{missed.ConnectionId}", $"{missed.ConnectionId}:{missed.Room}:{missed.Since.ToUnixTimeMilliseconds()}");
    }

    public IRouteEvent RouteEvent { get; }

    public string Body { get; }

    public Dictionary<string, MessageAttributeValue> Attributes { get; } = [];

    public Dictionary<string, MessageSystemAttributeValue>? SystemAttributes { get; }

    public string? GroupId { get; }

    public string? DeduplicationId { get; }

    /// <summary>As SQS counts it: body and the names, types and values of the attributes.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Body) + Attributes.Sum(attribute =>
        Encoding.UTF8.GetByteCount(attribute.Key) + Encoding.UTF8.GetByteCount(attribute.Value.DataType + attribute.Value.StringValue));

    private static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };
}
