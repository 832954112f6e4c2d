using System.Text.Json.Serialization;

namespace ChatEvents.Contracts;

/// <summary>
/// A fact that a route handler or a worker publishes. Its JSON is the whole body of the SQS message; its type is in the attribute
/// <see cref="AttributeNames.MessageType"/>.
/// </summary>
public interface IRouteEvent
{
    /// <summary>
    /// What the event is about, to name it in a log: a connection (for a chat message, its sender), or a shard of a room.
    /// </summary>
    string Subject { get; }
}

/// <summary>A handshake was accepted. Sent to the queue <c>connections</c>, which keeps no order and may deliver twice.</summary>
public sealed record ConnectionOpened : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>When API Gateway accepted the socket (<c>requestContext.connectedAt</c>), to the millisecond.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>
    /// Where PostToConnection reaches this connection: scheme, host and stage (or base path), without <c>/@connections</c> and without a
    /// trailing slash. It is stored because message events have no headers from which it could be built later.
    /// </summary>
    public required string CallbackEndpoint { get; init; }

    /// <summary>Rooms that the client asked for at connect. <see cref="Room.Everyone"/> is not listed: every connection is in it.</summary>
    // The source-generated reader sets every init-only member, absent ones to null, so the setter has a default.
    public IReadOnlyList<string> Rooms { get; init => field = value ?? []; } = [];

    /// <summary>The id of the user, which is the authorizer's <c>principalId</c>; null for guests and without an authorizer.</summary>
    public string? User { get; init; }

    /// <summary>What others see in place of the user id; null where the token names none.</summary>
    public string? Name { get; init; }

    /// <summary>What others see of a guest; see <see cref="GuestId"/>. Null for users and without an authorizer.</summary>
    public string? Guest { get; init; }

    /// <summary>The rooms that may be joined, as <see cref="RoomRights.Patterns"/>; null for all.</summary>
    public IReadOnlyList<string>? MayJoin { get; init; }

    /// <summary>One of <see cref="Roles"/>; null for most.</summary>
    public string? Role { get; init; }

    /// <summary>When the user's token ends, and with it soon the connection; null without one.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <summary>The client's IP address as the gateway saw it; null when it was not given.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>What its client speaks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dialect Dialect { get; init; }
}

/// <summary>
/// A connection has ended: its <c>$disconnect</c> ran, or a post to it was answered with 410. This is final, because connection ids are
/// never reused. Sent to the queue <c>connections</c>.
/// </summary>
public sealed record ConnectionClosed : IRouteEvent
{
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>When the connection ended, or when it was found gone.</summary>
    public required DateTimeOffset ClosedAt { get; init; }

    public required ClosedBecause Because { get; init; }

    /// <summary>
    /// When the connection was opened, if the reporter knows: from the same <c>requestContext</c>, or from the row that was read before the
    /// post. The report is ignored if it does not match.
    /// </summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>The room in which a gone connection was found; null if the report does not come from a room.</summary>
    public string? FoundInRoom { get; init; }

    /// <summary>The user of the connection, if the reporter knows it. It saves the registry a search for the user's rooms.</summary>
    public string? User { get; init; }

    /// <summary>The WebSocket close code (<c>disconnectStatusCode</c>), 1000 to 4999; null if not reported.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The close reason (<c>disconnectReason</c>); null if not reported.</summary>
    public string? Reason { get; init; }
}

/// <summary>
/// A client joined or left a room after its handshake. Sent to the queue <c>connections</c>. It may overtake its
/// <see cref="ConnectionOpened"/>, and so repeats what that event says about the connection.
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

    /// <summary>
    /// Which of several changes of a room counts that the gateway received in one millisecond: the one with the largest number, which no
    /// two of them share. Null counts as 0.
    /// </summary>
    public long? Order { get; init; }

    /// <inheritdoc cref="ConnectionOpened.User"/>
    public string? User { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Name"/>
    public string? Name { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Guest"/>
    public string? Guest { get; init; }

    /// <inheritdoc cref="ConnectionOpened.MayJoin"/>
    public IReadOnlyList<string>? MayJoin { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Role"/>
    public string? Role { get; init; }

    /// <inheritdoc cref="ConnectionOpened.TokenExpiresAt"/>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <inheritdoc cref="ConnectionOpened.SourceAddress"/>
    public string? SourceAddress { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Dialect"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dialect Dialect { get; init; }
}

/// <summary>
/// A moderator asked to ban somebody, to lift a ban, or to end somebody's connections. Sent to the queue <c>connections</c>. The registry does
/// it only if the row of the connection says that its user is a moderator.
/// </summary>
public sealed record ModerationAsked : IRouteEvent
{
    /// <summary>The connection of the moderator, who is told the result there.</summary>
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>The id of the moderator.</summary>
    public required string User { get; init; }

    public required ModerationAct Act { get; init; }

    /// <summary>The id of the user whom it is about; null when it is about a guest.</summary>
    public string? TargetUser { get; init; }

    /// <summary>The name of the guest whom it is about; see <see cref="GuestId"/>. Null when it is about a user.</summary>
    public string? TargetGuest { get; init; }

    /// <summary>When the gateway received the frame, to the millisecond: of two decisions about somebody, the later one counts.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>When the ban ends; null for other acts.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The id of the call, which the answer repeats.</summary>
    public string? RequestId { get; init; }

    /// <inheritdoc cref="MessageRemoved.FrameId"/>
    public string? FrameId { get; init; }
}

/// <summary>What a moderator can ask for. Serialized by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModerationAct>))]
public enum ModerationAct
{
    /// <summary>End the connections, which may be opened again.</summary>
    Disconnect,

    /// <summary>Keep somebody from connecting for a time, and end the connections.</summary>
    Ban,

    /// <summary>Let somebody connect again.</summary>
    Unban,
}

/// <summary>How the end of a connection was noticed. Serialized by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClosedBecause>))]
public enum ClosedBecause
{
    /// <summary>API Gateway ran the <c>$disconnect</c> route.</summary>
    Disconnected,

    /// <summary>A post to a connection after its handshake was answered with 410.</summary>
    Gone,
}

/// <summary>
/// A client sent a chat message. Sent to the queue <c>messages.fifo</c> with the room as message group and the message id as deduplication
/// id, so that everyone in a room sees the same order.
/// </summary>
public sealed record MessagePosted : IRouteEvent
{
    /// <summary>
    /// API Gateway's id of the frame (<c>requestContext.messageId</c>), unique per frame. Where the client gave the frame an <c>id</c>, the
    /// message id is made of that and the sender, so that a message that is sent again is the same one.
    /// </summary>
    public required string MessageId { get; init; }

    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <summary>The address of the message; for names see <see cref="Contracts.Room"/>.</summary>
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

    /// <summary>The name of the server that speaks; null for people.</summary>
    public string? Server { get; init; }

    /// <summary>The text as the client wrote it.</summary>
    public required string Message { get; init; }

    /// <summary>
    /// How many messages of the connection the function has refused since the last that it let through, because they were far too many. The
    /// fan-out counts them along, which disconnects who goes on. Null for none.
    /// </summary>
    public int? Shed { get; init; }

    /// <summary>
    /// The application's own part of the message, as JSON text: passed on as it is to clients of the JSON dialect. Null without.
    /// </summary>
    public string? Data { get; init; }

    /// <summary>When the gateway received the frame (<c>requestContext.requestTimeEpoch</c>), to the millisecond.</summary>
    public required DateTimeOffset PostedAt { get; init; }
}

/// <summary>
/// A client asked to remove a message from its room. Sent to the queue <c>messages.fifo</c> with the room as message group, so that it comes
/// after the message. The fan-out does it only if the message is of the same sender, or the client is a moderator.
/// </summary>
public sealed record MessageRemoved : IRouteEvent
{
    /// <summary>Who is told the result.</summary>
    public required string ConnectionId { get; init; }

    string IRouteEvent.Subject => ConnectionId;

    /// <inheritdoc cref="ConnectionOpened.CallbackEndpoint"/>
    public string? CallbackEndpoint { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Dialect"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dialect Dialect { get; init; }

    /// <inheritdoc cref="MessagePosted.Room"/>
    public required string Room { get; init; }

    /// <summary>The number of the message in its room.</summary>
    public required long Seq { get; init; }

    /// <summary>The epoch of that number; null for the room's latest one.</summary>
    public string? Epoch { get; init; }

    /// <inheritdoc cref="MessagePosted.User"/>
    public string? User { get; init; }

    /// <inheritdoc cref="MessagePosted.Guest"/>
    public string? Guest { get; init; }

    /// <summary>Whether it may be the message of anybody.</summary>
    public bool IsModerator { get; init; }

    /// <summary>The id of the call, which the answer repeats if it is an error.</summary>
    public required string RequestId { get; init; }

    /// <summary>The client's <c>id</c> of the frame, which the answer repeats; null without.</summary>
    public string? FrameId { get; init; }

    /// <summary>When the gateway received the frame, to the millisecond.</summary>
    public required DateTimeOffset RemovedAt { get; init; }
}

/// <summary>
/// A connection joined a room, and messages were posted there before its membership was written: their walks may have missed it. Published
/// by the registry for the fan-out; sent to the queue <c>late.fifo</c> with the connection as message group.
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

    /// <summary>When the connection joined the room. It must get everything that was posted there since.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Dialect"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dialect Dialect { get; init; }
}

/// <summary>
/// A walk went on without waiting for one connection: it is in its handshake, it reads slowly, or a post failed. Published by the fan-out
/// for itself; sent to the queue <c>late.fifo</c> with the connection as message group, so that the connection gets everything in order.
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

    /// <summary>When the first of the messages failed, or was put behind one that failed.</summary>
    public required DateTimeOffset LateSince { get; init; }

    /// <summary>How often the first of the messages was posted without success.</summary>
    public int Attempts { get; init; }

    /// <inheritdoc cref="ConnectionOpened.Dialect"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Dialect Dialect { get; init; }
}

/// <summary>
/// A room is too large for one worker: the worker that gets this event walks one shard of it. Published by the fan-out for itself; sent to
/// the queue <c>walks.fifo</c> with the room's shard as message group.
/// </summary>
public sealed record WalkDivided : IRouteEvent
{
    string IRouteEvent.Subject => RegistryTables.RoomShardOf(Room, Shard);

    public required string Room { get; init; }

    public required int Shard { get; init; }

    /// <inheritdoc cref="MessagesDelayed.Positions"/>
    public required IReadOnlyList<string> Positions { get; init; }

    /// <summary>Which division it belongs to: the same messages may be walked again. Null from versions before this member.</summary>
    public string? Attempt { get; init; }
}
