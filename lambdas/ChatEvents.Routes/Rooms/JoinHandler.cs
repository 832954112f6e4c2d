using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>join</c>: puts the change on its queue and answers when the registry has written it, usually within a tenth of a second. Only
/// the registry knows whether the connection is in too many rooms already.
/// </summary>
internal sealed class JoinHandler(RouteEventSender events, RoomMembers members, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.JoinExample);
        var room = frame.RequiredRoom();

        // Every connection is in it already, so joining it is not an error.
        if (room == Room.Everyone) return MembershipChange.Answer("joined", room, request.RequiredContext);
        return !request.RequiredContext.Caller.Join.Allow(room)
            ? throw BadFrameException.Forbidden($"You may not join the room {Quote.Of(room)}.")
            : await MembershipChange.PublishAsync(
                events, settings, request.RequiredContext, room, isIn: true, call, join => members.RequireTakenAsync(join, call.Answering));
    }
}
