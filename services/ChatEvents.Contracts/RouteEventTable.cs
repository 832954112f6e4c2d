using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ChatEvents.Contracts;

/// <summary>
/// All route events. A new one is its record (<c>RouteEvents.cs</c>), its row here with a line of <see cref="RouteEventJsonContext"/>, and
/// its consumer in the worker that consumes the queue.
/// </summary>
public static class RouteEventTable
{
    public static IReadOnlyList<RouteEventType> All { get; } =
    [
        new RouteEventType<ConnectionOpened>(ChatQueue.Connections) { FindProblem = e => Id("connectionId", e.ConnectionId) },
        new RouteEventType<MembershipChanged>(ChatQueue.Connections) { FindProblem = e => Id("connectionId", e.ConnectionId) },
        new RouteEventType<ConnectionClosed>(ChatQueue.Connections) { FindProblem = e => Id("connectionId", e.ConnectionId) },

        new RouteEventType<MessagePosted>(ChatQueue.Messages)
        {
            FindProblem = e => Id("messageId", e.MessageId) ?? Id("connectionId", e.ConnectionId),
            Group = e => e.Room,

            // Unique per frame, so SQS drops the repeat when a send is retried whose first answer was lost.
            Deduplication = e => e.MessageId,
            TakesUntyped = true,
        },

        new RouteEventType<WalkDivided>(ChatQueue.Walks)
        {
            Group = e => RegistryTables.RoomShardOf(e.Room, e.Shard),
            Deduplication = e => $"{e.Shard}:{e.Positions[0]}",
        },

        new RouteEventType<MessagesDelayed>(ChatQueue.Late)
        {
            FindProblem = e => Id("connectionId", e.ConnectionId),
            Group = e => e.ConnectionId,

            // Each walk gives its messages positions of their own, so what a later walk asks for is no repeat.
            Deduplication = e => $"{e.ConnectionId}:{e.Positions[0]}",
        },
        new RouteEventType<MessagesMissed>(ChatQueue.Late)
        {
            FindProblem = e => Id("connectionId", e.ConnectionId),
            Group = e => e.ConnectionId,

            // The same gap is reported again when its cause is redelivered.
            Deduplication = e => $"{e.ConnectionId}:{e.Room}:{e.Since.ToUnixTimeMilliseconds()}",
        },
    ];

    public static RouteEventType Of(Type routeEvent) => All.FirstOrDefault(row => row.Type == routeEvent)
        ?? throw new ArgumentException($"{routeEvent.Name} is not in the table of route events.", nameof(routeEvent));

    /// <summary>The events that travel on a queue.</summary>
    public static IReadOnlyList<RouteEventType> On(ChatQueue queue) => [.. All.Where(row => row.Queue == queue)];

    // DynamoDB would refuse a key made of such an id, and with it the other items of the same request, such as the other messages of a
    // walk.
    private static string? Id(string member, string id) =>
        id.Length is 0 or > Limits.MaxIdLength ? $"'{member}' must have 1 to {Limits.MaxIdLength} characters, but has {id.Length}." : null;
}

/// <summary>A row of <see cref="RouteEventTable"/>.</summary>
public abstract class RouteEventType
{
    private protected RouteEventType(Type type, ChatQueue queue) => (Type, Queue) = (type, queue);

    public Type Type { get; }

    public ChatQueue Queue { get; }

    public string Name => Type.Name;

    /// <summary>Value of the attribute <see cref="AttributeNames.MessageType"/>.</summary>
    public string MessageType => AttributeNames.MessageTypeOf(Type);

    /// <summary>
    /// Whether a message without a type is read as this event, so that a person can send one by hand. At most one event per queue.
    /// </summary>
    public bool TakesUntyped { get; init; }

    public abstract string Write(IRouteEvent routeEvent);

    /// <exception cref="JsonException">The text is not the JSON of the event, or the event makes no sense; the message says why.</exception>
    public abstract IRouteEvent Read(ReadOnlySpan<byte> utf8Json);

    /// <summary>Message group and deduplication id for a FIFO queue; null on a standard queue.</summary>
    public abstract (string? GroupId, string? DeduplicationId) OrderOf(IRouteEvent routeEvent);
}

/// <inheritdoc/>
public sealed class RouteEventType<TEvent>(ChatQueue queue) : RouteEventType(typeof(TEvent), queue)
    where TEvent : class, IRouteEvent
{
    /// <summary>The message group on a FIFO queue.</summary>
    public Func<TEvent, string>? Group { get; init; }

    /// <summary>The deduplication id on a FIFO queue.</summary>
    public Func<TEvent, string>? Deduplication { get; init; }

    /// <summary>Why an event makes no sense although its JSON has the right members; null where it does.</summary>
    public Func<TEvent, string?> FindProblem { get; init; } = _ => null;

    // Looked up each time: keeping them would load the metadata of all events in the cold start of a Lambda function.
    private static JsonTypeInfo<TEvent> Json => (JsonTypeInfo<TEvent>)RouteEventJsonContext.Default.GetTypeInfo(typeof(TEvent))!;

    public override string Write(IRouteEvent routeEvent) => JsonSerializer.Serialize((TEvent)routeEvent, Json);

    public override IRouteEvent Read(ReadOnlySpan<byte> utf8Json)
    {
        var routeEvent = JsonSerializer.Deserialize(utf8Json, Json)
            ?? throw new JsonException($"The body is the JSON literal null, not a {Name}.");
        return FindProblem(routeEvent) is { } problem ? throw new JsonException(problem) : routeEvent;
    }

    public override (string? GroupId, string? DeduplicationId) OrderOf(IRouteEvent routeEvent) =>
        (Group?.Invoke((TEvent)routeEvent), Deduplication?.Invoke((TEvent)routeEvent));
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
internal sealed partial class RouteEventJsonContext : JsonSerializerContext;
