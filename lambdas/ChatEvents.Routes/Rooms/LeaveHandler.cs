using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>leave</c>: answers when the registry has written the change. Messages that are already on their way to the room may still arrive.
/// </summary>
internal sealed class LeaveHandler(MembershipChange change, CallRate rate) : IRouteHandler
{
    public Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.LeaveExample);
        var room = frame.RequiredRoom();
        if (room == Room.Everyone) throw new BadFrameException($"Nobody can leave the room {Quote.Of(room)}.");
        rate.RequireTurn(request.RequiredContext.RequiredConnectionId);
        return change.MakeAsync(request.RequiredContext, room, isIn: false, call);
    }
}
