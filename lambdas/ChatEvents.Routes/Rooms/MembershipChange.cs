using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Joining and leaving: puts the change on its queue, waits until the registry has written it, and answers how the connection stands to
/// the room then. So the last answer that a client gets tells how it is, in whatever order its frames were handled. <c>docs/rooms.md</c>.
/// </summary>
internal sealed class MembershipChange(RouteEventSender events, RoomMembers members, RouteSettings settings)
{
    /// <exception cref="BadFrameException">The registry has refused to let the connection into the room.</exception>
    public async Task<APIGatewayProxyResponse> MakeAsync(RouteRequestContext context, string room, bool isIn, RouteCall call)
    {
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
            Guest = context.Caller.Guest,
            MayJoin = context.Caller.MayJoin,
            TokenExpiresAt = context.Caller.TokenExpiresAt,
            SourceAddress = context.Identity?.SourceIp,
        };
        if (await SendAsync(changed, context, call) is { } failure) return failure;

        call.Log.LogInformation($"That connection {context.Sender} {(isIn ? "joined" : "left")} {room} is on the queue.");
        return await FindResultAsync(changed, context, call) switch
        {
            RoomState.Joined => Answer(RoomState.Joined, room, context),
            RoomState.Left => Answer(RoomState.Left, room, context),

            // Who leaves a room whose later join was refused is out, as it wished.
            RoomState.Refused when !isIn => Answer(RoomState.Left, room, context),
            RoomState.Refused => throw new BadFrameException(
                $"You are in {Room.MaxPerConnection} rooms, the most that are allowed; leave one before you join {Quote.Of(room)}."),
            _ => Answer(isIn ? RoomState.Joined : RoomState.Left, room, context, isConfirmed: false),
        };
    }

    /// <param name="state">Joined or left.</param>
    /// <param name="room">Its name.</param>
    /// <param name="context">Of the call.</param>
    /// <param name="isConfirmed">False where the change is on its queue, but it is not known what has become of it.</param>
    public static APIGatewayProxyResponse Answer(RoomState state, string room, RouteRequestContext context, bool isConfirmed = true) =>
        AnswerFrame.Of(200, context.RequestId, json =>
        {
            json.WriteString(state == RoomState.Joined ? "joined" : "left", room);
            if (!isConfirmed) json.WriteBoolean("confirmed", false);
        });

    /// <returns>What the client is told when the change may not be on its queue; null when it is there.</returns>
    private async Task<APIGatewayProxyResponse?> SendAsync(MembershipChanged changed, RouteRequestContext context, RouteCall call)
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
            return ErrorFrame.Answer(503, context.RequestId, exception is AwsCallException { WasRefused: true }
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
