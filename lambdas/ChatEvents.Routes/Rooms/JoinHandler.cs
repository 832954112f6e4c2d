using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>join</c>: answers as soon as the change is on its queue. The registry writes it a moment later; <see cref="RoomMembers"/> has the
/// patience that this takes.
/// </summary>
internal sealed class JoinHandler(RouteEventPublisher publisher, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.JoinExample);
        var room = frame.RequiredRoom();

        // Everybody is in it already, which is no mistake to be told of.
        return room == Room.Everyone
            ? MembershipChange.Answer("joined", room, request.RequiredContext)
            : await MembershipChange.PublishAsync(publisher, settings, request.RequiredContext, room, isIn: true, call);
    }
}
