namespace ChatEvents.Contracts;

/// <summary>SQS message attributes that travel beside a route event.</summary>
public static class AttributeNames
{
    /// <summary>
    /// Which route event the body is: <c>urn:message:ChatEvents.Contracts:ConnectionOpened</c> and so on. Name and form are those that
    /// MassTransit reads from raw JSON, so that the same queue can be consumed by its own SQS transport.
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
