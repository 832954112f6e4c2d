using System.Text.Json;

namespace ChatEvents.Contracts;

/// <summary>
/// Turns route events into JSON and back. Members are camelCase, times ISO 8601 in UTC, null members are left out, unknown ones ignored,
/// so that a producer may add a member before its consumers know it.
/// </summary>
public static class RouteEventJson
{
    public static string Write(IRouteEvent routeEvent) => RouteEventTable.Of(routeEvent.GetType()).Write(routeEvent);

    /// <exception cref="JsonException">
    /// The text is not JSON, or a required member is missing or null, or the event makes no sense; the message says why.
    /// </exception>
    public static TEvent Read<TEvent>(ReadOnlySpan<byte> utf8Json)
        where TEvent : class, IRouteEvent => (TEvent)RouteEventTable.Of(typeof(TEvent)).Read(utf8Json);
}
