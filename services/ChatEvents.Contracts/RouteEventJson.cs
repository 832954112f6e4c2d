namespace ChatEvents.Contracts;

/// <summary>
/// Turns route events into JSON and back. Members are camelCase, times ISO 8601 in UTC, null members are left out, unknown ones ignored,
/// so that a producer may add a member before its consumers know it.
/// </summary>
public static class RouteEventJson
{
    public static string Write(IRouteEvent routeEvent) => RouteEventTable.Of(routeEvent.GetType()).Write(routeEvent);

    /// <inheritdoc cref="RouteEventType.Read"/>
    public static TEvent Read<TEvent>(ReadOnlySpan<byte> utf8Json, DateTimeOffset now)
        where TEvent : class, IRouteEvent => (TEvent)RouteEventTable.Of(typeof(TEvent)).Read(utf8Json, now);
}
