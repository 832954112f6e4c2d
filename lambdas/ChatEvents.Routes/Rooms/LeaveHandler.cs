using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>leave</c>: answers when the registry has written the change. Messages that are already on their way to the room may still arrive.
/// </summary>
internal sealed class LeaveHandler(MembershipChange change, Speakers speakers, CallRate rate) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        rate.RequireTurn(context.RequiredConnectionId);
        using var frame = Frame.Parse(request.Body, Actions.LeaveExample);
        await speakers.FindFirstAsync(frame, context, call);
        var room = frame.RequiredRoom();
        if (room == Room.Everyone)
            throw new BadFrameException($"Nobody can leave the room {Quote.Of(room)}.", expected: null, ErrorCode.BadRoom);
        return await change.MakeAsync(context, room, isIn: false, call);
    }
}
