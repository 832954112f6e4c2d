using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>join</c>: answers when the registry has written the change, usually within a tenth of a second. Only the registry knows whether the
/// connection is in too many rooms already.
/// </summary>
internal sealed class JoinHandler(MembershipChange change, CallRate rate) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.JoinExample);
        var room = frame.RequiredRoom();
        var context = request.RequiredContext;

        // Every connection is in it already, so joining it is not an error.
        if (room == Room.Everyone) return MembershipChange.Answer(RoomState.Joined, room, context);
        if (!context.Caller.Join.Allow(room)) throw BadFrameException.Forbidden($"You may not join the room {Quote.Of(room)}.");
        rate.RequireTurn(context.RequiredConnectionId);
        return await change.MakeAsync(context, room, isIn: true, call);
    }
}
