namespace ChatEvents.Contracts;

/// <summary>SQS message attributes that are sent with a route event.</summary>
public static class AttributeNames
{
    /// <summary>
    /// The type of the route event in the body, such as <c>urn:message:ChatEvents.Contracts:ConnectionOpened</c>. MassTransit reads the
    /// same attribute with raw JSON, so its own SQS transport can consume the same queue.
    /// </summary>
    public const string MessageType = "MT-MessageType";

    /// <summary>
    /// W3C trace context of the publisher. An ordinary attribute, because not every SQS-compatible server keeps the system attribute
    /// <c>AWSTraceHeader</c>.
    /// </summary>
    public const string TraceParent = "traceparent";

    /// <summary>The value of <see cref="MessageType"/> for a route event.</summary>
    public static string MessageTypeOf<TEvent>()
        where TEvent : IRouteEvent => MessageTypeOf(typeof(TEvent));

    /// <inheritdoc cref="MessageTypeOf{TEvent}"/>
    public static string MessageTypeOf(Type routeEvent) => $"urn:message:{routeEvent.Namespace}:{routeEvent.Name}";
}
