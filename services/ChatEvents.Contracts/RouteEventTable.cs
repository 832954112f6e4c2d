using System.Security.Cryptography;
using System.Text;
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
        new RouteEventType<ConnectionOpened>(ChatQueue.Connections)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Time("connectedAt", e.ConnectedAt)
                .Endpoint("callbackEndpoint", e.CallbackEndpoint)
                .Rooms("rooms", e.Rooms)
                .Person(e.User, e.Name, e.Guest)
                .Patterns("mayJoin", e.MayJoin)
                .Role("role", e.Role)
                .Source("sourceAddress", e.SourceAddress)
                .Dialect("dialect", e.Dialect),
        },
        new RouteEventType<MembershipChanged>(ChatQueue.Connections)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Time("connectedAt", e.ConnectedAt)
                .Endpoint("callbackEndpoint", e.CallbackEndpoint)
                .Room("room", e.Room)
                .Time("changedAt", e.ChangedAt)
                .Person(e.User, e.Name, e.Guest)
                .Patterns("mayJoin", e.MayJoin)
                .Role("role", e.Role)
                .Source("sourceAddress", e.SourceAddress)
                .Dialect("dialect", e.Dialect),
        },
        new RouteEventType<ConnectionClosed>(ChatQueue.Connections)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Time("closedAt", e.ClosedAt)
                .Time("connectedAt", e.ConnectedAt)
                .Address("foundInRoom", e.FoundInRoom)
                .User("user", e.User)
                .Require(Enum.IsDefined(e.Because), "because", "must be a known reason", $"{e.Because}"),
        },
        new RouteEventType<ModerationAsked>(ChatQueue.Connections)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .User("user", e.User)
                .Require(Enum.IsDefined(e.Act), "act", "must be a known act", $"{e.Act}")
                .Require((e.TargetUser is null) != (e.TargetGuest is null), "targetUser", "or 'targetGuest' must be given, and not both", e.TargetUser)
                .User("targetUser", e.TargetUser)
                .User("targetGuest", e.TargetGuest)
                .Time("askedAt", e.AskedAt)
                .Require(e.Act != ModerationAct.Ban || e.Until > e.AskedAt, "until", "must be later than 'askedAt'", e.Until is { } until ? $"{until:u}" : null)
                .Require(e.RequestId is null || Identifier.IsValid(e.RequestId), "requestId", $"must consist of {Identifier.Rule}", e.RequestId)
                .FrameId("frameId", e.FrameId),
        },

        new RouteEventType<MessagePosted>(ChatQueue.Messages)
        {
            Check = (e, check) => check.Id("messageId", e.MessageId)
                .Id("connectionId", e.ConnectionId)
                .Address("room", e.Room)
                .User("to", e.To)
                .Person(e.User, e.Name, e.Guest)
                .Number("shed", e.Shed ?? 0, 0, Limits.MaxShed)
                .User("server", e.Server)
                .Json("data", e.Data)
                .Time("postedAt", e.PostedAt),
            Group = e => e.Room,

            // SQS drops the repeat when a send is retried whose first answer was lost, and what a client says again by the same id.
            Deduplication = e => e.MessageId,
            TakesUntyped = true,
        },
        new RouteEventType<MessageRemoved>(ChatQueue.Messages)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Endpoint("callbackEndpoint", e.CallbackEndpoint)
                .Dialect("dialect", e.Dialect)
                .Address("room", e.Room)
                .Number("seq", e.Seq, 1, RecentMessages.MaxSeq)
                .Epoch("epoch", e.Epoch)
                .Person(e.User, name: null, e.Guest)
                .Id("requestId", e.RequestId)
                .FrameId("frameId", e.FrameId)
                .Time("removedAt", e.RemovedAt),
            Group = e => e.Room,
            Deduplication = e => $"removed:{e.ConnectionId}:{e.RequestId}",
        },

        new RouteEventType<WalkDivided>(ChatQueue.Walks)
        {
            Check = (e, check) => check.Address("room", e.Room)
                .Number("shard", e.Shard, 0, RegistryTables.ShardsPerRoom - 1)
                .Positions("positions", e.Positions)
                .Require(e.Attempt is null || Identifier.IsValid(e.Attempt), "attempt", $"must consist of {Identifier.Rule}", e.Attempt),
            Group = e => RegistryTables.RoomShardOf(e.Room, e.Shard),

            // A message that comes again keeps its position, but is walked once more.
            Deduplication = e => $"{e.Shard}:{e.Positions[0]}:{e.Attempt}",
        },

        new RouteEventType<MessagesDelayed>(ChatQueue.Late)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Time("connectedAt", e.ConnectedAt)
                .Endpoint("callbackEndpoint", e.CallbackEndpoint)
                .Address("room", e.Room)
                .Positions("positions", e.Positions)
                .Time("lateSince", e.LateSince)
                .Number("attempts", e.Attempts, 0, MaxAttempts)
                .Dialect("dialect", e.Dialect),
            Group = e => e.ConnectionId,

            // A message that comes again keeps its position: what a later walk asks for is no repeat.
            Deduplication = e => $"{e.ConnectionId}:{e.Positions[0]}:{e.LateSince.ToUnixTimeMilliseconds()}",
        },
        new RouteEventType<MessagesMissed>(ChatQueue.Late)
        {
            Check = (e, check) => check.Id("connectionId", e.ConnectionId)
                .Time("connectedAt", e.ConnectedAt)
                .Endpoint("callbackEndpoint", e.CallbackEndpoint)
                .Address("room", e.Room)
                .Time("since", e.Since)
                .Dialect("dialect", e.Dialect),
            Group = e => e.ConnectionId,

            // The same gap is reported again when its cause is redelivered.
            Deduplication = e => $"{e.ConnectionId}:{e.Room}:{e.Since.ToUnixTimeMilliseconds()}",
        },
    ];

    /// <summary>More than a worker makes at one connection in two hours; arbitrary.</summary>
    private const int MaxAttempts = 1_000_000;

    public static RouteEventType Of(Type routeEvent) => All.FirstOrDefault(row => row.Type == routeEvent)
        ?? throw new ArgumentException($"{routeEvent.Name} is not in the table of route events.", nameof(routeEvent));

    /// <summary>The events that travel on a queue.</summary>
    public static IReadOnlyList<RouteEventType> On(ChatQueue queue) => [.. All.Where(row => row.Queue == queue)];
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

    /// <param name="utf8Json">The text.</param>
    /// <param name="now">The reader's clock: what is said to happen much later makes no sense.</param>
    /// <exception cref="JsonException">The text is not the JSON of the event, or the event makes no sense; the message says why.</exception>
    public abstract IRouteEvent Read(ReadOnlySpan<byte> utf8Json, DateTimeOffset now);

    /// <summary>Message group and deduplication id for a FIFO queue; null on a standard queue.</summary>
    public abstract (string? GroupId, string? DeduplicationId) OrderOf(IRouteEvent routeEvent);
}

/// <inheritdoc/>
public sealed class RouteEventType<TEvent>(ChatQueue queue) : RouteEventType(typeof(TEvent), queue)
    where TEvent : class, IRouteEvent
{
    /// <summary>Limit of SQS.</summary>
    private const int MaxDeduplicationIdLength = 128;

    /// <summary>The message group on a FIFO queue.</summary>
    public Func<TEvent, string>? Group { get; init; }

    /// <summary>The deduplication id on a FIFO queue.</summary>
    public Func<TEvent, string>? Deduplication { get; init; }

    /// <summary>Checks an event whose JSON has the right members.</summary>
    public required Action<TEvent, EventCheck> Check { get; init; }

    // Looked up each time: keeping them would load the metadata of all events in the cold start of a Lambda function.
    private static JsonTypeInfo<TEvent> Json => (JsonTypeInfo<TEvent>)RouteEventJsonContext.Default.GetTypeInfo(typeof(TEvent))!;

    public override string Write(IRouteEvent routeEvent) => JsonSerializer.Serialize((TEvent)routeEvent, Json);

    public override IRouteEvent Read(ReadOnlySpan<byte> utf8Json, DateTimeOffset now)
    {
        var routeEvent = Parse(utf8Json) ?? throw new JsonException($"The body is the JSON literal null, not a {Name}.");
        var check = new EventCheck(now);
        Check(routeEvent, check);
        return check.Problem is { } problem ? throw new JsonException(problem) : routeEvent;
    }

    public override (string? GroupId, string? DeduplicationId) OrderOf(IRouteEvent routeEvent) =>
        (Group?.Invoke((TEvent)routeEvent), Deduplication?.Invoke((TEvent)routeEvent) is { } id ? ShortEnough(id) : null);

    private static TEvent? Parse(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8Json, Json);
        }
        catch (InvalidOperationException broken)
        {
            throw new JsonException(broken.Message, broken); // half a surrogate pair in a text is no JsonException in all versions of .NET
        }
    }

    private static string ShortEnough(string deduplicationId) => deduplicationId.Length <= MaxDeduplicationIdLength
        ? deduplicationId
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(deduplicationId)));
}

/// <summary>Source-generated metadata of the route events: no reflection at a Lambda's cold start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ConnectionOpened))]
[JsonSerializable(typeof(ConnectionClosed))]
[JsonSerializable(typeof(MembershipChanged))]
[JsonSerializable(typeof(ModerationAsked))]
[JsonSerializable(typeof(MessagePosted))]
[JsonSerializable(typeof(MessageRemoved))]
[JsonSerializable(typeof(MessagesMissed))]
[JsonSerializable(typeof(MessagesDelayed))]
[JsonSerializable(typeof(WalkDivided))]
internal sealed partial class RouteEventJsonContext : JsonSerializerContext;
