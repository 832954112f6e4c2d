using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.Contracts;

/// <summary>
/// The one place that turns route events into JSON and back. Members are camelCase, times ISO 8601 in UTC, null members are left out,
/// unknown ones ignored, so that a producer may add a member before its consumers know it.
/// </summary>
public static class RouteEventJson
{
    public static string Write(IRouteEvent routeEvent) => routeEvent switch
    {
        ConnectionOpened opened => JsonSerializer.Serialize(opened, RouteEventJsonContext.Default.ConnectionOpened),
        ConnectionClosed closed => JsonSerializer.Serialize(closed, RouteEventJsonContext.Default.ConnectionClosed),
        MembershipChanged changed => JsonSerializer.Serialize(changed, RouteEventJsonContext.Default.MembershipChanged),
        MessagesMissed missed => JsonSerializer.Serialize(missed, RouteEventJsonContext.Default.MessagesMissed),
        MessagesDelayed delayed => JsonSerializer.Serialize(delayed, RouteEventJsonContext.Default.MessagesDelayed),
        WalkDivided divided => JsonSerializer.Serialize(divided, RouteEventJsonContext.Default.WalkDivided),
        MessagePosted posted => JsonSerializer.Serialize(posted, RouteEventJsonContext.Default.MessagePosted),
        _ => throw new ArgumentException($"{routeEvent.GetType().Name} is no route event known here.", nameof(routeEvent)),
    };

    /// <exception cref="JsonException">
    /// The text is not JSON, or a required member is missing or null, or an id no id; the message names it.
    /// </exception>
    public static TEvent Read<TEvent>(ReadOnlySpan<byte> utf8Json)
        where TEvent : class, IRouteEvent
    {
        var routeEvent = JsonSerializer.Deserialize(utf8Json, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<TEvent>)
            RouteEventJsonContext.Default.GetTypeInfo(typeof(TEvent))!)
            ?? throw new JsonException($"The body is the JSON literal null, not a {typeof(TEvent).Name}.");
        RequireIds(routeEvent);
        return routeEvent;
    }

    // DynamoDB would refuse the key made of any other id, and with it what is read or written along with it, such as the other messages
    // of a walk.
    private static void RequireIds(IRouteEvent routeEvent)
    {
        if (routeEvent is MessagePosted posted) RequireId("messageId", posted.MessageId);
        if (routeEvent is not WalkDivided) RequireId("connectionId", routeEvent.Subject);
    }

    private static void RequireId(string member, string id)
    {
        if (id.Length is 0 or > Limits.MaxIdLength)
            throw new JsonException($"'{member}' must have 1 to {Limits.MaxIdLength} characters, but has {id.Length}.");
    }
}

/// <summary>Source-generated metadata of the route events: no reflection at a Lambda's cold start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ConnectionOpened))]
[JsonSerializable(typeof(ConnectionClosed))]
[JsonSerializable(typeof(MembershipChanged))]
[JsonSerializable(typeof(MessagePosted))]
[JsonSerializable(typeof(MessagesMissed))]
[JsonSerializable(typeof(MessagesDelayed))]
[JsonSerializable(typeof(WalkDivided))]
public sealed partial class RouteEventJsonContext : JsonSerializerContext;
