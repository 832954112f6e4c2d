using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>leave</c>: answers as soon as the change is on its queue. Messages that are already on their way to the room may still arrive.
/// </summary>
internal sealed class LeaveHandler(RouteEventSender events, RouteSettings settings) : IRouteHandler
{
    public Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.LeaveExample);
        var room = frame.RequiredRoom();
        return room == Room.Everyone
            ? throw new BadFrameException($"Nobody can leave the room {Quote.Of(room)}.")
            : MembershipChange.PublishAsync(events, settings, request.RequiredContext, room, isIn: false, call);
    }
}
