using System.Text.Json.Serialization;

namespace ChatEvents.Contracts;

/// <summary>
/// A fact as a route handler, or a worker, publishes it. Its JSON is the whole SQS message body; the type travels beside it in the
/// attribute <see cref="AttributeNames.MessageType"/>.
/// </summary>
public interface IRouteEvent
{
    /// <summary>
    /// What the event is about, to name it in a log: a connection (for a chat message, its sender), or a shard of a room.
    /// </summary>
    string Subject { get; }
}

/// <summary>A handshake was accepted. Travels on the queue <c>connections</c>, which keeps no order and may repeat.</summary>
public sealed record ConnectionOpened : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>When API Gateway accepted the socket (<c>requestContext.connectedAt</c>), to the millisecond.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>
    /// Where PostToConnection reaches this connection: scheme, host and stage (or base path), without <c>/@connections</c> and
    /// without a slash at the end. It is stored because message events carry no headers from which to build it later.
    /// </summary>
    public required string CallbackEndpoint { get; init; }

    /// <summary>Rooms that the client asked for at connect. <see cref="Room.Everyone"/> is not listed: every connection is in it.</summary>
    // The source-generated reader sets every init-only member, an absent one to null; hence the setter's default.
    public IReadOnlyList<string> Rooms { get; init => field = value ?? []; } = [];

    /// <summary>The id of the user, which is the authorizer's <c>principalId</c>; null for guests and without an authorizer.</summary>
    public string? User { get; init; }

    /// <summary>What others see in place of the user id; null where the token names none.</summary>
    public string? Name { get; init; }

    /// <summary>What others see of a guest; see <see cref="GuestId"/>. Null for users and without an authorizer.</summary>
    public string? Guest { get; init; }

    /// <summary>The rooms that may be joined, as <see cref="RoomRights.Patterns"/>; null for all.</summary>
    public IReadOnlyList<string>? MayJoin { get; init; }

    /// <summary>When the user's token ends, and with it soon the connection; null without one.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <summary>The client's IP address as the gateway saw it; null when it was not given.</summary>
    public string? SourceAddress { get; init; }
}

/// <summary>
/// A connection is over: its <c>$disconnect</c> ran, or a post to it was answered 410. Final, because connection ids are never
/// reused. Travels on the queue <c>connections</c>.
/// </summary>
public sealed record ConnectionClosed : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>When the connection ended, or when it was found gone.</summary>
    public required DateTimeOffset ClosedAt { get; init; }

    public required ClosedBecause Because { get; init; }

    /// <summary>
    /// When the connection had been opened, as far as the reporter knows: from the same <c>requestContext</c>, or from the row that
    /// was read before the post. A report about any other connection than that one is void.
    /// </summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>The room in whose membership a gone connection was found; null when the report has nothing to do with a room.</summary>
    public string? FoundInRoom { get; init; }

    /// <summary>The WebSocket close code (<c>disconnectStatusCode</c>), 1000 to 4999; null when nobody reported one.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The close reason (<c>disconnectReason</c>); null when nobody reported one.</summary>
    public string? Reason { get; init; }
}

/// <summary>
/// A client joined or left a room after its handshake. Travels on the queue <c>connections</c>, may overtake its
/// <see cref="ConnectionOpened"/>, and therefore repeats what that one says of the connection.
/// </summary>
public sealed record MembershipChanged : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <inheritdoc cref="ConnectionOpened.ConnectedAt"/>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.CallbackEndpoint"/>
    public required string CallbackEndpoint { get; init; }

    /// <summary>Which room; never <see cref="Contracts.Room.Everyone"/>, which nobody can leave.</summary>
    public required string Room { get; init; }

    /// <summary>True if the connection joined the room, false if it left it.</summary>
    public required bool IsIn { get; init; }

    /// <summary>
    /// When the gateway received the frame (<c>requestContext.requestTimeEpoch</c>), to the millisecond: the later one counts.
    /// </summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.User"/>
    public string? User { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Name"/>
    public string? Name { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Guest"/>
    public string? Guest { get; init; }

    /// <inheritdoc cref="ConnectionOpened.MayJoin"/>
    public IReadOnlyList<string>? MayJoin { get; init; }

    /// <inheritdoc cref="ConnectionOpened.TokenExpiresAt"/>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.SourceAddress"/>
    public string? SourceAddress { get; init; }
}

/// <summary>Who found out that a connection was over. On the wire its name, whichever serializer reads it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClosedBecause>))]
public enum ClosedBecause
{
    /// <summary>API Gateway ran the <c>$disconnect</c> route.</summary>
    Disconnected,

    /// <summary>A post to a connection that was no newborn was answered 410.</summary>
    Gone,
}

/// <summary>
/// A client sent a chat message. Travels on the queue <c>messages.fifo</c> with the room as message group and the message id as
/// deduplication id, so that everybody in a room sees one order.
/// </summary>
public sealed record MessagePosted : IRouteEvent
{
    /// <summary>API Gateway's id of the frame (<c>requestContext.messageId</c>), unique per frame.</summary>
    public required string MessageId { get; init; }

    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>The address of the message; see <see cref="Contracts.Room"/> for what is a name.</summary>
    public required string Room { get; init; }

    /// <summary>
    /// The id of the user that a direct message is for; it goes to the rooms of both, in a <see cref="MessagePosted"/> each. Null in a
    /// message to a room.
    /// </summary>
    public string? To { get; init; }

    /// <summary>The id of the user who speaks; null for guests. From the authorizer alone, never from what a client wrote.</summary>
    public string? User { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Name"/>
    public string? Name { get; init; }

    /// <summary>What others see of somebody who is no user; see <see cref="GuestId"/>.</summary>
    public string? Guest { get; init; }

    /// <summary>The text as the client wrote it.</summary>
    public required string Message { get; init; }

    /// <summary>When the gateway received the frame (<c>requestContext.requestTimeEpoch</c>), to the millisecond.</summary>
    public required DateTimeOffset PostedAt { get; init; }
}

/// <summary>
/// A connection came into a room, and while its membership was not yet written, messages were posted there whose walk may have passed it
/// by. Published by the registry for the fan-out; travels on the queue <c>late.fifo</c> with the connection as message group.
/// </summary>
public sealed record MessagesMissed : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <inheritdoc cref="ConnectionOpened.ConnectedAt"/>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.CallbackEndpoint"/>
    public required string CallbackEndpoint { get; init; }

    public required string Room { get; init; }

    /// <summary>When the connection came into the room; what was posted there since then is its due.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>
/// A walk went on without waiting for one connection: a newborn, a slow reader, a post that failed. Published by the fan-out for itself;
/// travels on the queue <c>late.fifo</c> with the connection as message group, so that the connection hears everything in order.
/// </summary>
public sealed record MessagesDelayed : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <inheritdoc cref="ConnectionOpened.ConnectedAt"/>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.CallbackEndpoint"/>
    public required string CallbackEndpoint { get; init; }

    public required string Room { get; init; }

    /// <summary>Where the messages are in the room's log, in order; see <see cref="RecentMessages.Position"/>.</summary>
    public required IReadOnlyList<string> Positions { get; init; }

    /// <summary>When the first of the messages was posted in vain, or was put behind one that was.</summary>
    public required DateTimeOffset LateSince { get; init; }

    /// <summary>How often the first of the messages was posted in vain.</summary>
    public int Attempts { get; init; }
}

/// <summary>
/// A room proved too large to be walked by one worker: this shard of it is to be walked, by whoever gets the event. Published by the
/// fan-out for itself; travels on the queue <c>walks.fifo</c> with the room's shard as message group.
/// </summary>
public sealed record WalkDivided : IRouteEvent
{
    string IRouteEvent.Subject => RegistryTables.RoomShardOf(Room, Shard);

    public required string Room { get; init; }

    public required int Shard { get; init; }

    /// <inheritdoc cref="MessagesDelayed.Positions"/>
    public required IReadOnlyList<string> Positions { get; init; }
}
