using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;
using ChatEvents.Routes.Logs;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Joining and leaving: puts the change on its queue, waits until the registry has written it, and answers how the connection stands to
/// the room then. So the last answer that a client gets tells how it is, in whatever order its frames were handled. <c>docs/rooms.md</c>.
/// </summary>
internal sealed class MembershipChange(RouteEventSender events, RoomMembers members, Speakers speakers, RoomTails tails, RouteSettings settings)
{
    /// <exception cref="BadFrameException">The registry has refused to let the connection into the room.</exception>
    public async Task<RouteAnswer> MakeAsync(RouteRequestContext context, string room, bool isIn, RouteCall call)
    {
        var speaker = speakers.Find(context) ?? Speaker.Plain;
        var changed = new MembershipChanged
        {
            ConnectionId = context.RequiredConnectionId,
            ConnectedAt = context.RequiredConnectedAt,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Room = room,
            IsIn = isIn,
            ChangedAt = context.RequiredRequestTime,
            Order = ChangeOrder.Of(context, call.StartedAt),
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = context.Caller.Guest ?? speaker.Guest,
            MayJoin = context.Caller.MayJoin,
            Role = context.Caller.Role,
            TokenExpiresAt = context.Caller.TokenExpiresAt,
            SourceAddress = context.Identity?.SourceIp,

            // Where that is not known, the event of the handshake tells the registry.
            Dialect = speaker.Dialect,
        };
        if (await SendAsync(changed, context, call) is { } failure) return failure;

        call.Log.LogInformation($"That connection {context.Sender} {(isIn ? "joined" : "left")} {room} is on the queue.");
        return await FindResultAsync(changed, context, call) switch
        {
            RoomState.Joined => isIn ? await JoinedAsync(room, context, call) : Joined(room, RoomTail.Unknown),
            RoomState.Left => Left(room),

            // A connection that leaves a room whose later join was refused is out, as it asked.
            RoomState.Refused when !isIn => Left(room),
            RoomState.Refused => throw new BadFrameException(
                $"You are in {Room.MaxPerConnection} rooms, the most that are allowed; leave one before you join {Quote.Of(room)}.",
                expected: null, ErrorCode.TooManyRooms),
            _ => isIn ? NotJoinedYet(room) : Left(room, isConfirmed: false),
        };
    }

    /// <summary>
    /// That the connection is in a room, and where the room's log ends. It is read when the connection's row knows the join. What comes later is
    /// heard: by a walk, or, until the membership is written behind the row, by the registry's look into the log.
    /// </summary>
    public async Task<RouteAnswer> JoinedAsync(string room, RouteRequestContext context, RouteCall call) => Joined(
        room,
        await speakers.DialectOfAsync(context, frameId: null, call) == Dialect.Json
            ? await tails.FindAsync(room, context, call)
            : RoomTail.Unknown);

    private static RouteAnswer Joined(string room, RoomTail tail) => new(200)
    {
        Type = "joined",
        Json = json =>
        {
            json.WriteString("room", room);
            if (tail.Epoch is { } epoch) json.WriteString("epoch", epoch);
            if (tail.Seq is { } seq) json.WriteNumber("seq", seq);
        },
        Plain = json => WritePlain(json, "joined", room),
    };

    /// <summary>
    /// The change is on its queue, but it is not known what has become of it. To a program, joined means that it can ask for the room's history
    /// and members, so it has to ask again.
    /// </summary>
    private static RouteAnswer NotJoinedYet(string room) =>
        RouteAnswer.Unavailable($"It is not known yet whether you are in the room {Quote.Of(room)}; send the join again.") with
        {
            StatusCode = 200,
            Plain = json => WritePlain(json, "joined", room, isConfirmed: false),
        };

    /// <param name="room">Its name.</param>
    /// <param name="isConfirmed">False where the change is on its queue, but it is not known what has become of it.</param>
    private static RouteAnswer Left(string room, bool isConfirmed = true) => new(200)
    {
        Type = "left",
        Json = json =>
        {
            json.WriteString("room", room);
            if (!isConfirmed) json.WriteBoolean("confirmed", false);
        },
        Plain = json => WritePlain(json, "left", room, isConfirmed),
    };

    private static void WritePlain(Utf8JsonWriter json, string done, string room, bool isConfirmed = true)
    {
        json.WriteString(done, room);
        if (!isConfirmed) json.WriteBoolean("confirmed", false);
    }

    /// <returns>What the client is told when the change may not be on its queue; null when it is there.</returns>
    private async Task<RouteAnswer?> SendAsync(MembershipChanged changed, RouteRequestContext context, RouteCall call)
    {
        var (action, done) = changed.IsIn ? ("join", "joined") : ("leave", "left");
        try
        {
            await events.SendAsync(changed, call.Trace, call.Answering);
            return null;
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"That connection {context.Sender} {done} {changed.Room} (request {context.RequestId}) was not accepted: {exception}");
            return RouteAnswer.Unavailable(exception is AwsCallException { WasRefused: true }
                ? $"The {action} was not accepted; send it again."
                : $"It is not known whether the {action} was accepted; send it again.");
        }
    }

    private async Task<RoomState?> FindResultAsync(MembershipChanged changed, RouteRequestContext context, RouteCall call)
    {
        try
        {
            return await members.FindResultAsync(changed, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"What has become of a change of {changed.Room} by {context.Sender} (request {context.RequestId}) is not known: {exception}");
            return null;
        }
    }
}
